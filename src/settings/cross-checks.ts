/** Options that do not fit together: what is wrong, and what has no effect. */
import type { Problem } from '../errors/problem.js'
import { challengeOf } from './challenge.js'
import { isEmbedded } from './fill-in.js'
import type { Sourced } from './options/option.js'
import { nameOf, notBesideNginxConf, type Options, optionNames, type RawOptions } from './options/parse-options.js'
import { options as table } from './options/table.js'
import { policyOf } from './settings-of.js'

/** Halves of what belongs together. */
export function incompleteOptions({
  cert,
  key,
  loginLimitsRedis,
  loginLimitsRedisPasswordFile: file,
}: Options): Problem[] {
  const problems: Problem[] = []
  if (cert.value !== null && key.value === null)
    problems.push({ where: cert.where, message: 'a certificate needs its key', hint: 'name it with --key FILE' })
  if (key.value !== null && cert.value === null)
    problems.push({ where: key.where, message: 'a key needs its certificate', hint: 'name it with --cert FILE' })
  if (file.value !== null && loginLimitsRedis.value === null) {
    const [own, other] = [nameIn(file, 'loginLimitsRedisPasswordFile'), nameIn(file, 'loginLimitsRedis')]
    problems.push({ where: file.where, message: `${own === null ? '' : `${own} `}is of no use without ${other}` })
  }
  return problems
}

/** A login that would never be used. */
export function uselessLogin({ backendLogin, backend }: Options): readonly Problem[] {
  if (backendLogin.value === null || !isEmbedded(backend.value)) return []
  const hint = 'name the registry behind the gate (backend: http://HOST:PORT), or take the line out'
  return [{ where: backendLogin.where, message: 'the embedded registry asks for no login', hint }]
}

/** Keys of a file that an nginx.conf beside it leaves no room for. */
export function misplacedKeys(file: RawOptions): readonly Problem[] {
  return notBesideNginxConf.flatMap(({ name, message, hint }) => {
    const said = file[name]
    return said === undefined ? [] : [{ where: said.where, message, hint }]
  })
}

/** Options of a part that is turned off, and a part that cannot be. */
export function withoutEffect(options: Options): readonly Problem[] {
  const { token, loginLimits } = options
  const needsTokens = challengeOf(options, policyOf(options)) === 'token'
  const keptOn = { where: token.where, message: 'has no effect: rules for anonymous need tokens' }
  return [
    ...(needsTokens && token.value === false ? [keptOn] : membersOf('token', token, options)),
    ...membersOf('loginLimits', loginLimits, options),
  ]
}

/** What is said of a part that is off. */
function membersOf(
  prefix: 'loginLimits' | 'token',
  own: Sourced<boolean | null>,
  options: Options,
): readonly Problem[] {
  if (own.value !== false) return []
  return optionNames.flatMap(name => {
    const { from, where } = options[name]
    // What a weaker source says is meant to be turned off.
    const isMeant = from !== 'default' && (from !== 'file' || own.from === 'file')
    if (!name.startsWith(prefix) || name === prefix || !isMeant) return []
    const part = prefix === 'token' ? 'tokens' : 'login limits'
    return [{ where, message: `has no effect: ${part} are off (${own.where})` }]
  })
}

/** The key where the value stands in a file; null or the flag elsewhere. */
function nameIn({ from }: Sourced<unknown>, name: 'loginLimitsRedis' | 'loginLimitsRedisPasswordFile'): string | null {
  const { file } = table[name]
  if (from === 'file' && typeof file === 'string') return file
  return name === 'loginLimitsRedis' ? nameOf(name) : null
}
