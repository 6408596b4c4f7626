/** What a person reads after a first start: what was made, the proof that it works, and the lines to paste. */

export interface FirstStart {
  readonly port: number
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
  /** An address of this machine that others can reach; null where it has none. */
  readonly address: string | null
  readonly registryLocalResolves: boolean
  /** `sudo ` where the person is not root. */
  readonly sudo: string
}

const name = 'registry.local'

/** Pure; the lines that begin with two blanks and no word of explanation can be pasted into a shell as they are. */
export function firstStartText(start: FirstStart): string {
  const { port, certificate, user, storage, sudo } = start
  const lines: string[] = ['', 'made for the first start:']
  if (certificate !== null) {
    const names =
      certificate.names.length > 6
        ? `${certificate.names.slice(0, 6).join(', ')} and ${certificate.names.length - 6} more`
        : certificate.names.join(', ')
    lines.push(
      `  certificate  ${certificate.file}, valid until ${certificate.validUntil.toISOString().slice(0, 10)}, for ${names}`,
    )
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
  const account = user?.name ?? 'admin'
  const passwordFile = user !== null && 'inFile' in user.password ? user.password.inFile : null
  lines.push(
    '',
    'on this machine (no trust is needed for localhost):',
    ...pushLines(`localhost:${port}`, account, passwordFile),
  )
  lines.push('', `on this machine and others by name (Linux; the certificate is trusted for ${name}:${port} only):`)
  if (!start.registryLocalResolves)
    lines.push(`  echo '${start.address ?? '127.0.0.1'} ${name}' | ${sudo}tee -a /etc/hosts`)
  const folder = `/etc/docker/certs.d/${name}:${port}`
  lines.push(
    `  ${sudo}mkdir -p ${folder}`,
    `  openssl s_client -connect ${name}:${port} -servername ${name} </dev/null 2>/dev/null | openssl x509 | ${sudo}tee ${folder}/ca.crt`,
    ...pushLines(`${name}:${port}`, account, passwordFile),
  )
  return `${lines.join('\n')}\n`
}

function pushLines(registry: string, account: string, passwordFile: string | null): string[] {
  return [
    passwordFile === null
      ? `  docker login -u ${account} ${registry}`
      : `  docker login -u ${account} --password-stdin ${registry} <${passwordFile}`,
    `  docker tag hello-world ${registry}/hello-world`,
    `  docker push ${registry}/hello-world`,
    `  docker pull ${registry}/hello-world`,
  ]
}
