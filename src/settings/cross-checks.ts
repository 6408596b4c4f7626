/** Checks combinations of options: reports conflicts and options without effect. */
import type { Problem } from '../errors/problem.js'
import { challengeOf } from './challenge.js'
import { isEmbedded } from './fill-in.js'
import type { Sourced } from './options/option.js'
import { nameOf, notBesideNginxConf, type Options, optionNames, type RawOptions } from './options/parse-options.js'
import { options as table } from './options/table.js'
import { policyOf } from './settings-of.js'

/** Reports options that need a second option. */
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

/** Reports a backend login that would never be used. */
export function unusedBackendLogin({ backendLogin, backend }: Options): readonly Problem[] {
  if (backendLogin.value === null || !isEmbedded(backend.value)) return []
  const hint = 'name the registry behind the gate (backend: http://HOST:PORT), or take the line out'
  return [{ where: backendLogin.where, message: 'the embedded registry asks for no login', hint }]
}

/** Reports keys of a file that cannot be combined with an nginx.conf. */
export function misplacedKeys(file: RawOptions): readonly Problem[] {
  return notBesideNginxConf.flatMap(({ name, message, hint }) => {
    const raw = file[name]
    return raw === undefined ? [] : [{ where: raw.where, message, hint }]
  })
}

/** Reports options of a disabled section, and a section that cannot be disabled. */
export function ineffectiveOptions(options: Options): readonly Problem[] {
  const { token, loginLimits } = options
  const needsTokens = challengeOf(options, policyOf(options)) === 'token'
  const alwaysOn = { where: token.where, message: 'has no effect: rules for anonymous need tokens' }
  return [
    ...(needsTokens && token.value === false ? [alwaysOn] : membersOf('token', token, options)),
    ...membersOf('loginLimits', loginLimits, options),
  ]
}

/** Reports the set options of a section that is off. */
function membersOf(
  prefix: 'loginLimits' | 'token',
  own: Sourced<boolean | null>,
  options: Options,
): readonly Problem[] {
  if (own.value !== false) return []
  return optionNames.flatMap(name => {
    const { from, where } = options[name]
    // A stronger source turns the section off, so an option from a weaker source is ignored on purpose.
    const isMeant = from !== 'default' && (from !== 'file' || own.from === 'file')
    if (!name.startsWith(prefix) || name === prefix || !isMeant) return []
    const part = prefix === 'token' ? 'tokens' : 'login limits'
    return [{ where, message: `has no effect: ${part} are off (${own.where})` }]
  })
}

/** The option's key if its value comes from a file; null or the flag otherwise. */
function nameIn({ from }: Sourced<unknown>, name: 'loginLimitsRedis' | 'loginLimitsRedisPasswordFile'): string | null {
  const { file } = table[name]
  if (from === 'file' && typeof file === 'string') return file
  return name === 'loginLimitsRedis' ? nameOf(name) : null
}
