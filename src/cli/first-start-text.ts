/** What a person reads after a first start: what was made, what was proved, and the lines to paste. */
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
  /** Folder of the embedded registry; null with a backend elsewhere. */
  readonly storage: string | null
}

/** Pure. The only text of the program that may hold a password: it is for a terminal, never for a log. */
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

export interface Reach {
  readonly port: number
  /** Whether the gate can be reached as localhost. */
  readonly onLoopback: boolean
  /** An address by which the gate can be reached, from other machines if possible. */
  readonly address: string
  readonly registryLocalResolves: boolean
  /** Who logs in; null where the users are not ours. */
  readonly account: string | null
  /** The file that holds the password; null where a person knows it. */
  readonly passwordFile: string | null
  /** `sudo ` where the person is not root. */
  readonly sudo: string
}

const name = 'registry.local'

/** Pure; the lines that begin with two blanks can be pasted into a shell as they are, in the folder of the start. */
export function pasteText(reach: Reach): string {
  const { port, sudo } = reach
  const lines: string[] = []
  if (reach.onLoopback) {
    lines.push('', 'on this machine (no trust is needed for localhost):', ...pushLines(`localhost:${port}`, reach))
  }
  // A gate that listens on loopback alone is no use to other machines, whatever they trust.
  const places = /^127\.|^::1$/.test(reach.address) ? 'on this machine' : 'here and on other machines'
  lines.push('', `by name, ${places} (Linux; trusts this certificate for ${name}:${port} only):`)
  if (!reach.registryLocalResolves) lines.push(`  echo '${reach.address} ${name}' | ${sudo}tee -a /etc/hosts`)
  const folder = `/etc/docker/certs.d/${name}:${port}`
  lines.push(
    `  ${sudo}mkdir -p ${folder}`,
    `  openssl s_client -connect ${name}:${port} -servername ${name} </dev/null 2>/dev/null | openssl x509 | ${sudo}tee ${folder}/ca.crt`,
    ...pushLines(`${name}:${port}`, reach),
    '',
    `for podman, containerd, macOS, Windows and others: portcullis certs trust, or https://${name}:${port}/ in a browser`,
  )
  return `${lines.join('\n')}\n`
}

/** Without an account, docker asks for the name too: the users file may hold anybody. */
function pushLines(registry: string, { account, passwordFile }: Reach): string[] {
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
