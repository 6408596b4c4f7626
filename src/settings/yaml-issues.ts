/** Explains wrong shapes of YAML values to people. */
import type { z } from 'zod'
import type { Problem } from '../errors/problem.js'
import { nearest } from '../nginx/language/nearest.js'
import type { PlaceOf } from './options/option.js'
import type { PathStep } from './yaml-place.js'

/**
 * @param name the name of the checked value: `access`
 * @param known the keys that its maps may have
 */
export function issueProblems(
  issues: readonly z.core.$ZodIssue[],
  name: string,
  known: readonly string[],
  placeOf: PlaceOf,
): readonly Problem[] {
  return issues.flatMap(issue => {
    const path = issue.path.filter((step): step is PathStep => typeof step !== 'symbol')
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map(key => ({
        where: placeOf(...path, key),
        ...unknownKey(pathName([name, ...path, key]), key, known),
      }))
    const missing = (issue.code === 'invalid_type' || issue.code === 'invalid_union') && issue.input === undefined
    const reason = missing ? 'is missing' : issue.input === null ? 'has no value' : issue.message
    return [{ where: placeOf(...path), message: `${pathName([name, ...path])} ${reason}` }]
  })
}

/** @param name the full name of the key: `tls.crt` */
export function unknownKey(name: string, key: string, known: readonly string[], instead: string | null = null) {
  const meant = nearest(key, known)
  const hint = instead ?? (meant === null ? `known are: ${known.join(', ')}` : `did you mean ${meant}?`)
  return { message: `${name} is not known here`, hint }
}

/** `tls.cert`, `access[0].who` */
const pathName = (path: readonly PathStep[]) =>
  path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('')
