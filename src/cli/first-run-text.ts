/** The text of a first run: what was created, the result of the self-test, and lines to paste. */
import { shellWord } from '../certificates/place.js'

export interface MadeThings {
  readonly certificate: {
    readonly file: string
    readonly names: readonly string[]
    readonly validUntil: Date
    readonly fingerprint: string
  } | null
  readonly user: {
    readonly name: string
    readonly file: string
    readonly password: { readonly shown: string } | { readonly inFile: string }
  } | null
  /** Folder of the embedded registry; null with another backend. */
  readonly storage: string | null
}

/** Pure. This is the only text of the program that may contain a password: it goes to a terminal, never to a log. */
export function madeText({ certificate, user, storage }: MadeThings): string {
  const lines = ['', 'made for the first start:']
  if (certificate !== null) {
    const { names } = certificate
    const some = names.length > 6 ? `${names.slice(0, 6).join(', ')} and ${names.length - 6} more` : names.join(', ')
    const until = certificate.validUntil.toISOString().slice(0, 10)
    lines.push(`  certificate  ${certificate.file}, valid until ${until}, for ${some}`)
    lines.push(`  fingerprint  SHA-256 ${certificate.fingerprint}`)
  }
  if (user !== null) {
    lines.push(`  user         ${user.name}, in ${user.file}`)
    lines.push(
      'shown' in user.password
        ? `  password     ${user.password.shown}   (it is not shown again)`
        : `  password     in ${user.password.inFile}`,
    )
  }
  if (storage !== null) lines.push(`  registry     ${storage}`)
  return `${lines.join('\n')}\n`
}

export interface GateAddress {
  readonly port: number
  /** Whether localhost reaches the gate. */
  readonly onLoopback: boolean
  /** An address of the gate, reachable from other machines if possible. */
  readonly address: string
  readonly registryLocalResolves: boolean
  /** The user who logs in; null if the users file is not new. */
  readonly account: string | null
  /** The file with the password; null if the person knows the password. */
  readonly passwordFile: string | null
  /** `sudo ` if the person is not root. */
  readonly sudo: string
}

const name = 'registry.local'

/** Pure. Lines that start with two blanks can be pasted into a shell in the folder of the start. */
export function pasteText(gate: GateAddress): string {
  const { port, sudo } = gate
  const lines: string[] = []
  if (gate.onLoopback) {
    lines.push('', 'on this machine (no trust is needed for localhost):', ...pushLines(`localhost:${port}`, gate))
  }
  // Other machines cannot reach a gate that listens only on loopback.
  const places = /^127\.|^::1$/.test(gate.address) ? 'on this machine' : 'here and on other machines'
  lines.push('', `by name, ${places} (Linux; trusts this certificate for ${name}:${port} only):`)
  if (!gate.registryLocalResolves) lines.push(`  echo '${gate.address} ${name}' | ${sudo}tee -a /etc/hosts`)
  const folder = `/etc/docker/certs.d/${name}:${port}`
  lines.push(
    `  ${sudo}mkdir -p ${folder}`,
    `  openssl s_client -connect ${name}:${port} -servername ${name} </dev/null 2>/dev/null | openssl x509 | ${sudo}tee ${folder}/ca.crt`,
    ...pushLines(`${name}:${port}`, gate),
    '',
    `for podman, containerd, macOS, Windows and others: portcullis certs trust, or https://${name}:${port}/ in a browser`,
  )
  return `${lines.join('\n')}\n`
}

/** Without an account, docker asks for the name too, because the users file may contain any user. */
function pushLines(registry: string, { account, passwordFile }: GateAddress): string[] {
  const login = account === null ? '  docker login' : `  docker login -u ${account}`
  return [
    passwordFile === null
      ? `${login} ${registry}`
      : `${login} --password-stdin ${registry} <${shellWord(passwordFile)}`,
    `  docker tag hello-world ${registry}/hello-world`,
    `  docker push ${registry}/hello-world`,
    `  docker pull ${registry}/hello-world`,
  ]
}
