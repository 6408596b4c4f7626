/** The real nginx with the project's nginx-compat.conf, and that file with its paths and addresses replaced. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GateFiles } from './gate-files.js'
import type { Machine } from './machine.js'
import type { Daemon } from './program.js'

const compatFile = fileURLToPath(new URL('../../../nginx-compat.conf', import.meta.url))

export interface Places {
  readonly files: GateFiles
  readonly listenPort: number
  readonly backend: { readonly host: string; readonly port: number }
}

/**
 * A copy of nginx-compat.conf that stands in the machine's folder: only /certs, /auth, the backend and the port are
 * replaced. Throws when one of them is not in the file.
 */
export function copyCompatConf(machine: Machine, name: string, { files, listenPort, backend }: Places): string {
  const replacements = [
    ['/certs/', `${files.certs}/`],
    ['/auth/', `${files.auth}/`],
    ['registry-backend:5000', `${backend.host}:${backend.port}`],
    ['listen 5000 ssl', `listen ${listenPort} ssl`],
  ] as const
  let text = readFileSync(compatFile, 'utf8')
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`nginx-compat.conf does not contain "${from}"`)
    text = text.replaceAll(from, to)
  }
  const path = join(machine.folder, `${name}.conf`)
  writeFileSync(path, text)
  return path
}

/** Lets `nginx -t` judge the file; throws with what it says. Its stdout is no pipe of Node's, which are sockets that
 * `access_log /dev/stdout` cannot open. */
export async function testConfiguration(machine: Machine, conf: string): Promise<void> {
  const judge = 'exec nginx -t -c "$1" -g "$2" >/dev/null'
  await machine.succeed(['sh', '-c', judge, 'sh', conf, globals(machine, 'nginx-test')])
}

/** Starts nginx in the foreground with this configuration and waits until it accepts connections on `port`. */
export async function startNginx(machine: Machine, name: string, conf: string, port: number): Promise<Daemon> {
  const daemon = machine.start(name, ['nginx', '-c', conf, '-g', `${globals(machine, name)} daemon off;`])
  await daemon.until(async () => (await machine.run(['curl', '-sk', `https://127.0.0.1:${port}/`])).code === 0)
  return daemon
}

/** What the file leaves to the command line; `user root` because the temporary folder is closed to others. */
function globals(machine: Machine, name: string): string {
  return `user root; pid ${join(machine.folder, `${name}.pid`)};`
}
