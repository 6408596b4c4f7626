/** Loads the authority that a folder keeps for signing, so that clients need not trust a renewed certificate again. */
import { createPrivateKey } from 'node:crypto'
import { existsSync } from 'node:fs'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { loadPair } from './load-pair.js'
import type { Authority, KeyAlgorithm } from './model.js'
import { shellWord } from './place.js'
import { day } from './warnings.js'

/**
 * Returns the authority in these two files; null if neither exists.
 * @throws ProblemsFound if one file is missing, if the pair is broken or expired at `now`, or if it cannot sign server
 *   certificates
 */
export async function loadAuthority(certFile: string, keyFile: string, now: Date): Promise<Authority | null> {
  if (!existsSync(certFile) && !existsSync(keyFile)) return null
  const hint = `to start over with a new authority, which clients must trust first: rm -f ${shellWord(certFile)} ${shellWord(keyFile)}`
  const refuse = (problems: readonly Problem[]) => new ProblemsFound(problems.map(problem => ({ ...problem, hint })))

  const pair = await loadPair(certFile, keyFile, null, now).catch(error => {
    throw error instanceof ProblemsFound ? refuse(error.problems) : error
  })
  const { description } = pair
  if (!description.isCa) throw refuse([{ where: certFile, message: 'is not the certificate of an authority' }])
  if (description.validUntil <= now) {
    throw refuse([{ where: certFile, message: `expired on ${day(description.validUntil)}` }])
  }
  const algorithm = signingAlgorithm(pair.key.reveal())
  if (algorithm === null) {
    throw refuse([{ where: keyFile, message: `is of a kind that cannot sign here: ${description.keyType}` }])
  }
  return { cert: pair.cert, key: pair.key, algorithm }
}

function signingAlgorithm(key: string): KeyAlgorithm | null {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(key)
  if (asymmetricKeyType === 'rsa') return 'rsa'
  const curves = ['prime256v1', 'secp384r1', 'secp521r1']
  return asymmetricKeyType === 'ec' && curves.includes(asymmetricKeyDetails?.namedCurve ?? '') ? 'ecdsa' : null
}
