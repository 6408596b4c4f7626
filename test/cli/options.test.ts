/** Every row of the table of options, through the running program: as flag, in the environment and in portcullis.yaml, and which of them wins. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environmentName, isNever } from '../../src/settings/options/option.js'
import { notBesideNginxConf, optionNames } from '../../src/settings/options/parse-options.js'
import { options } from '../../src/settings/options/table.js'
import { flagOf, keyOf, sampledNames, samples, yamlOf } from '../settings/samples.js'
import { portcullisMain } from './command-case.js'
import { commandFixtures } from './command-fixtures.js'

const folder = mkdtempSync(join(tmpdir(), 'portcullis-options-'))
const write = (file: string, text: string) => writeFileSync(join(folder, file), text, { mode: 0o600 })
afterAll(() => rmSync(folder, { recursive: true }))

interface Printed {
  readonly settings: unknown
  readonly options: Readonly<
    Record<string, { readonly value: unknown; readonly source: string; readonly where: string }>
  >
}

interface Ways {
  readonly flags?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly file?: string
}

function run(args: readonly string[], { flags = [], env = {}, file = '' }: Ways) {
  write('portcullis.yaml', file)
  return spawnSync(process.execPath, [portcullisMain, 'check', ...args, ...flags], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    encoding: 'utf8',
  })
}

function print(ways: Ways): Printed {
  const { stdout, stderr, status } = run(['--print', 'json'], ways)
  expect({ status, stderr: stderr.replace(/^(warning|hint).*\n/gm, '') }).toEqual({
    status: 0,
    stderr: 'ok: the configuration is valid\n',
  })
  return JSON.parse(stdout)
}

const withFlag = sampledNames.flatMap(name => {
  const flag = flagOf(name)
  return flag === null ? [] : [{ name, flag }]
})
const flagsOf = (index: 0 | 1 | 2) => withFlag.flatMap(({ name, flag }) => [`--${flag}`, samples[name][index]])
const envOf = (index: 0 | 1 | 2) =>
  Object.fromEntries(withFlag.map(({ name, flag }) => [environmentName(flag), samples[name][index]]))
/** What has no flag stands in the file. */
const onlyInFile = sampledNames.filter(name => flagOf(name) === null)

beforeAll(async () => {
  const fixtures = await commandFixtures()
  for (const letter of ['a', 'b', 'c']) {
    write(`${letter}.pem`, fixtures.get('a certificate') ?? '')
    write(`${letter}.key`, fixtures.get('its key') ?? '')
    write(`${letter}-users`, fixtures.get('alice') ?? '')
    write(`${letter}.txt`, 'secret\n')
  }
})

/** Without the places, which name the way. */
const valuesIn = (printed: Printed) =>
  JSON.parse(JSON.stringify(printed, (key, value) => (key === 'where' || key === 'source' ? undefined : value)))

describe('one value, said in three ways', () => {
  let flag: Printed
  let environment: Printed
  let file: Printed
  beforeAll(() => {
    flag = print({ flags: flagsOf(0), file: yamlOf(0, onlyInFile) })
    environment = print({ env: envOf(0), file: yamlOf(0, onlyInFile) })
    file = print({ file: yamlOf(0) })
  })

  it.each(withFlag)('$name is the same as flag, in the environment and in the file', ({ name }) => {
    const key = keyOf(name)
    expect(flag.options[key]).toMatchObject({ source: 'flag', where: `--${flagOf(name)}` })
    expect(environment.options[key]).toMatchObject({ source: 'environment' })
    expect(file.options[key]).toMatchObject({ source: 'file', where: expect.stringMatching(/^portcullis\.yaml:\d+$/) })
    expect(environment.options[key]?.value).toEqual(flag.options[key]?.value)
    expect(file.options[key]?.value).toEqual(flag.options[key]?.value)
  })

  it('all settings are the same', () => {
    expect(valuesIn(environment)).toEqual(valuesIn(flag))
    expect(valuesIn(file)).toEqual(valuesIn(flag))
  })
})

describe('flag, then environment, then portcullis.yaml, then default', () => {
  let all: Printed
  let withoutFlag: Printed
  let file: Printed
  let nothing: Printed
  beforeAll(() => {
    all = print({ flags: flagsOf(0), env: envOf(1), file: yamlOf(2) })
    withoutFlag = print({ env: envOf(1), file: yamlOf(2) })
    file = print({ file: yamlOf(2) })
    nothing = print({})
  })

  it.each(withFlag)('$name', ({ name }) => {
    const key = keyOf(name)
    const found = [all, withoutFlag, file, nothing].map(printed => printed.options[key])
    expect(found.map(each => each?.source)).toEqual(['flag', 'environment', 'file', 'default'])
    expect(found[0]?.value).not.toEqual(found[1]?.value)
    expect(found[1]?.value).not.toEqual(found[2]?.value)
  })
})

describe('beside an nginx.conf', () => {
  const misplaced = notBesideNginxConf.map(({ name }) => name)
  beforeAll(() => write('nginx.conf', 'server { listen [::]:80; location /v2/ { proxy_pass http://127.0.0.1:1; } }\n'))
  const beside = ['--nginx-conf', 'nginx.conf']

  it('flags of what it decides are refused, all at once', () => {
    const { stderr, status } = run(beside, { flags: flagsOf(0) })
    expect(status).toBe(2)
    const named = [...stderr.matchAll(/^error: --(\S+): cannot be given together/gm)].map(match => match[1])
    expect(named).toEqual(misplaced.map(flagOf))
  })

  it('keys of what it decides are refused, all at once', () => {
    const { stderr, status } = run(beside, { file: yamlOf(0) })
    expect(status).toBe(1)
    expect(stderr.match(/ the nginx\.conf already decides /g)).toHaveLength(misplaced.length)
  })

  it('everything else holds, and what it decides is printed with its lines', () => {
    const others = sampledNames.filter(name => !misplaced.includes(name))
    const { stdout, status } = run([...beside, '--print'], { file: yamlOf(0, others) })
    expect(status).toBe(0)
    expect(stdout).toMatch(/^ {2}listen +http:\/\/\[::\]:80 +nginx\.conf:1$/m)
    expect(stdout).toMatch(/^ {2}backend +http:\/\/127\.0\.0\.1:1 +nginx\.conf:1$/m)
    for (const name of others) expect(stdout).toMatch(new RegExp(`^ {2}${keyOf(name)} .*portcullis\\.yaml:\\d+$`, 'm'))
  })
})

describe('a name in the environment', () => {
  it.each(withFlag)('of --$flag is none that Kubernetes makes for a service', ({ flag }) => {
    expect(environmentName(flag)).not.toMatch(/_(PORT|SERVICE_HOST|SERVICE_PORT)(_|$)/)
  })
})

it('every option can be given as a flag and in the file, or says why not', () => {
  const reasons = optionNames.flatMap(name => [options[name].flag, options[name].file]).filter(isNever)
  expect(reasons.map(({ never }) => never)).toEqual([
    'it names the file itself',
    'it names the file itself',
    'names with lists of users do not fit into one value',
    'rules are lists of maps, which do not fit into one value',
  ])
})
