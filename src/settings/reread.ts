/**
 * Reloads the configuration of a running gate. It must not lose rules, backend and address together with the file that
 * set them. (decision S1)
 */
import { isDeepStrictEqual } from 'node:util'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { LoadedSettings } from './load.js'
import { optionNames } from './options/parse-options.js'
import { options } from './options/table.js'

/**
 * @param first the settings at the start
 * @returns a function like `read` that also throws ProblemsFound if the previous settings file is gone or empty (this
 *   counts as an incomplete change, and only a restart accepts it), or if a changed option requires a restart
 */
export function rereading(first: LoadedSettings, read: () => LoadedSettings): () => LoadedSettings {
  let file = first.settingsFile
  return () => {
    const next = read()
    if (file !== null && next.settingsFile === null) {
      const message = 'is gone or empty, so all of its settings would be lost'
      throw new ProblemsFound([{ where: file, message, hint: 'put it back, or restart the gate without it' }])
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
