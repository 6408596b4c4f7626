/** Three values for each row of the table of options: a new row needs its own before this compiles. */
import { parse, stringify } from 'yaml'
import { isNever, type ListType, type ScalarType, type StructureType } from '../../src/settings/options/option.js'
import { optionNames } from '../../src/settings/options/parse-options.js'
import { type OptionName, options } from '../../src/settings/options/table.js'

type Sampled = Exclude<OptionName, 'config' | 'nginxConf'>

/** As a flag has them; neighbours differ. Rows of a file alone have them in YAML. */
export const samples: { readonly [Name in Sampled]: readonly [string, string, string] } = {
  listen: ['127.0.0.1:5001', '5002', '[::1]:5003'],
  metrics: ['127.0.0.1:9101', '127.0.0.1:9102', '0.0.0.0:9103'],
  proxyProtocol: ['10.0.0.1', '10.0.0.2,10.0.0.3', '2001:db8::/64'],
  trustedProxies: ['10.1.0.0/16', '10.2.0.0/16 10.3.0.0/16', '2001:db8::1'],
  hosts: ['a.example.com', 'b.example.com,b2.example.com', 'c.example.com'],
  backend: ['http://a:5000', 'http://b:5000', 'http://c:5000'],
  backendLogin: ['{ username: a, password_file: a.txt }', 'anonymous', '{ username: c, password_file: c.txt }'],
  data: ['a-data', 'b-data', 'c-data'],
  immutable: ['v*', 'release-*,team/**:r*', 'w*'],
  cert: ['a.pem', 'b.pem', 'c.pem'],
  key: ['a.key', 'b.key', 'c.key'],
  certs: ['a-certs', 'b-certs', 'c-certs'],
  htpasswd: ['a-users', 'b-users', 'c-users'],
  groups: ['{ a: [alice] }', '', '{ c: [alice] }'],
  access: ['[{ who: alice, repositories: a, may: [pull] }]', '', '[{ who: alice, repositories: c, may: [pull] }]'],
  token: ['on', 'off', 'on'],
  tokenIdentity: ['true', 'false', 'true'],
  tokenLifetime: ['61', '62', '63'],
  tokenService: ['a', 'b', 'c'],
  tokenIssuer: ['a', 'b', 'c'],
  loginLimits: ['on', 'off', 'on'],
  loginLimitsWrongPasswords: ['11', '12', '13'],
  loginLimitsPerAddress: ['11', '12', '13'],
  loginLimitsWindow: ['11', '12', '13'],
  loginLimitsRedis: ['redis://a', 'redis://b:6380/1', 'rediss://c'],
  loginLimitsRedisPasswordFile: ['a.txt', 'b.txt', 'c.txt'],
  workers: ['1', '2', 'auto'],
  drain: ['0.5', '2', '3'],
  logLevel: ['warn', 'error', 'debug'],
  logFormat: ['pretty', 'json', 'pretty'],
}

export const sampledNames = optionNames.filter((name): name is Sampled => name in samples)

/** The name in `check --print json`. */
export const keyOf = (name: OptionName) => String(options[name].file)

export const flagOf = (name: OptionName): string | null => {
  const { flag } = options[name]
  return isNever(flag) ? null : flag
}

/** A portcullis.yaml with the sample number `index` of each option. */
export function yamlOf(index: 0 | 1 | 2, names: readonly Sampled[] = sampledNames): string {
  const tree: Record<string, unknown> = {}
  for (const name of names) {
    const [section = '', member] = keyOf(name).split('.')
    const value = inYaml(name, samples[name][index])
    if (member !== undefined) tree[section] = { ...(tree[section] ?? {}), [member]: value }
    // Of a section with keys: that it is there says `on`.
    else tree[section] = value === true ? (tree[section] ?? {}) : value
  }
  return stringify(tree)
}

function inYaml(name: Sampled, text: string): unknown {
  const type: ScalarType<unknown> | ListType<unknown> | StructureType<unknown> = options[name].type
  if (type.kind === 'list') return text.split(/[\s,]+/)
  if (type.kind === 'structure') return parse(text)
  if (type.yaml.includes('boolean')) return text === 'on' || text === 'true'
  return type.yaml.includes('number') && /^[\d.]+$/.test(text) ? Number(text) : text
}
