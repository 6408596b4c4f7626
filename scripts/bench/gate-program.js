// @ts-check
/** Which gate is measured: the build of this checkout, made anew when the sources are newer, or one that was named. */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from './started.js'

const root = resolve(import.meta.dirname, '../..')

/** @param {string} folder */
const newest = folder =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )

/**
 * Builds if that is needed and gives the gate's command. Rejects with the compiler's message when the build fails.
 * @param {{ gate: string | undefined, node: string, profile: string | undefined }} options
 * @param {(text: string) => void} say
 * @returns {Promise<import('./servers.js').GateProgram>}
 */
export const gateProgram = async ({ gate, node, profile }, say) => {
  const main = gate === undefined ? join(root, 'dist/main.js') : resolve(gate)
  if (gate === undefined && (!existsSync(main) || newest(join(root, 'src')) > statSync(main).mtimeMs)) {
    say('building dist/ from src/ (npm run build)')
    await run('npm', ['run', 'build'], { cwd: root }).catch(error => {
      // The compiler writes files in spite of its complaints, and they must not be taken for a good build next time.
      rmSync(main, { force: true })
      throw error
    })
  }
  if (!existsSync(main)) throw new Error(`there is no ${main}`)
  if (profile === undefined) return { node, flags: [], main }
  mkdirSync(resolve(profile), { recursive: true })
  return { node, flags: ['--cpu-prof', '--cpu-prof-dir', resolve(profile)], main }
}
