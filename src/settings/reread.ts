/** Reads the configuration of a running gate anew, which must not lose its rules, backend and address with the file that named them. */
import { ProblemsFound } from '../errors/problem.js'
import type { LoadedSettings } from './load.js'

/**
 * @param first what the gate was started with
 * @returns `read`, but it throws ProblemsFound as well where the settings file of the last time is gone or empty: half a change, since
 *   whoever means it can say so by a restart
 */
export function rereading(first: LoadedSettings, read: () => LoadedSettings): () => LoadedSettings {
  let file = first.settingsFile
  return () => {
    const next = read()
    if (file !== null && next.settingsFile === null) {
      const message = 'says nothing any more, and all that it said would go out of force'
      throw new ProblemsFound([{ where: file, message, hint: 'put it back; to do without it takes a restart' }])
    }
    file = next.settingsFile
    return next
  }
}
