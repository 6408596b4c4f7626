/** What podman, buildah and skopeo have in common, being made of the library containers/image: logins and trust. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from '../parts/gates.js'
import type { Machine } from '../parts/machine.js'
import type { Finished } from '../parts/program.js'
import { accepted, refused, type Step } from './client.js'

export interface Tool {
  readonly machine: Machine
  /** Of its own; its logins lie there too. */
  readonly folder: string
  run(args: readonly string[], input?: string): Promise<Finished>
}

/** The program with a home of its own, in which nobody is logged in; `globals` come before every command. */
export function openTool(machine: Machine, program: string, globals: (folder: string) => readonly string[]): Tool {
  const folder = machine.makeFolder(program)
  const env = { REGISTRY_AUTH_FILE: join(folder, 'auth.json'), HOME: folder }
  // podman 4.3 stops when the file that the variable names is not there.
  writeFileSync(env.REGISTRY_AUTH_FILE, '{}')
  const before = globals(folder)
  return { machine, folder, run: (args, input = '') => machine.run([program, ...before, ...args], { env, input }) }
}

/** What all of them say where a login is needed and there is none; a token that allows nothing is `denied`. */
export const needsLogin = {
  basic: /unauthorized|authentication required/,
  token: /unauthorized|denied: (requested access to the resource is denied|anonymous may not)/,
}

function login({ run }: Tool, gate: Gate, password: string): Promise<Finished> {
  return run(['login', '--username', gate.user.name, '--password-stdin', gate.named], password)
}

export const withoutTrust: Step<Tool> = {
  name: 'without the CA file: login fails with x509',
  async run(tool, gate) {
    refused(await login(tool, gate, gate.user.password), /x509: certificate signed by unknown authority/)
  },
}

/** From this step on the gate is trusted, by a CA file below /etc/FOLDER/certs.d. */
export const withWrongPassword = (folder: 'containers' | 'docker'): Step<Tool> => ({
  name: 'login: a wrong password is refused',
  does: ['wrong password'],
  async run(tool, gate) {
    await tool.machine.write(`/etc/${folder}/certs.d/${gate.named}/ca.crt`, readFileSync(gate.files.cert, 'utf8'))
    refused(await login(tool, gate, 'wrong'), /invalid username\/password/)
  },
})

export const withPassword: Step<Tool> = {
  name: 'login',
  does: ['login'],
  async run(tool, gate) {
    accepted(await login(tool, gate, gate.user.password), /Login Succeeded/)
  },
}
