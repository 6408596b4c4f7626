/** Reads the configuration of a running gate anew, which must not lose its rules, backend and address with the file that named them. */
import { isDeepStrictEqual } from 'node:util'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { LoadedSettings } from './load.js'
import { optionNames } from './options/parse-options.js'
import { options } from './options/table.js'

/**
 * @param first what the gate was started with
 * @returns `read`, but it throws ProblemsFound as well where the settings file of the last time is gone or empty (that is taken
 *   for half a change: a restart goes without it), and where an option has changed that takes a restart
 */
export function rereading(first: LoadedSettings, read: () => LoadedSettings): () => LoadedSettings {
  let file = first.settingsFile
  return () => {
    const next = read()
    if (file !== null && next.settingsFile === null) {
      const message = 'says nothing any more, and all that it said would go out of force'
      throw new ProblemsFound([{ where: file, message, hint: 'put it back; to do without it takes a restart' }])
    }
    const problems = needsRestart(first, next)
    if (problems.length > 0) throw new ProblemsFound(problems)
    file = next.settingsFile
    return next
  }
}

function needsRestart(first: LoadedSettings, next: LoadedSettings): readonly Problem[] {
  return optionNames.flatMap(name => {
    const [before, now] = [first.options[name], next.options[name]]
    if (options[name].reload === 'live' || isDeepStrictEqual(before.value, now.value)) return []
    const place = now.from === 'default' ? before.where : now.where
    const key = String(options[name].file)
    return [
      { where: place, message: `${key} cannot change while the gate runs`, hint: 'restart it, or put the value back' },
    ]
  })
}
