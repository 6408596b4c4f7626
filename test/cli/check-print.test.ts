/** `check --print`: which of flag, environment, portcullis.yaml and default wins, and what the print does not hold. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { portcullisMain } from './command-case.js'
import { commandFixtures } from './command-fixtures.js'

const fixtures = await commandFixtures()
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-print-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function write(path: string, content: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), content, { mode: 0o600 })
}

function check(flags: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  return execFileSync(process.execPath, [portcullisMain, 'check', ...flags], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The value of every setting, by the words of the table below. */
function inForce(flags: readonly string[], env: Readonly<Record<string, string>>): Readonly<Record<string, unknown>> {
  const { settings } = JSON.parse(check([...flags, '--print', 'json'], env))
  const [listener] = settings.listeners
  const [server] = listener.servers
  const { route } = server.locations[0]
  return {
    listen: `${listener.host}:${listener.port}`,
    where: listener.where,
    backend: route.content.kind === 'forward' ? route.content.backend.join('') : 'embedded',
    htpasswd: route.authentication.usersFile,
    cert: server.tls.certificates[0].cert,
    'log-level': settings.log.level,
    storage: settings.storage,
  }
}

const yaml = `listen: 127.0.0.1:5003
backend: http://yaml:5000
tls: { cert: yaml.pem, key: yaml.key }
users: { htpasswd: yaml-users }
log: { level: error }
`

describe('flag, then environment, then portcullis.yaml, then default', () => {
  beforeEach(() => {
    for (const name of ['flag', 'env', 'yaml']) {
      write(`${name}-users`, fixtures.get('alice') ?? '')
      write(`${name}.pem`, fixtures.get('a certificate') ?? '')
      write(`${name}.key`, fixtures.get('its key') ?? '')
    }
    write('auth/htpasswd', fixtures.get('alice') ?? '')
  })
  const flags = {
    listen: ['--listen', '5001'],
    backend: ['--backend', 'http://flag:5000'],
    htpasswd: ['--htpasswd', 'flag-users'],
    cert: ['--cert', 'flag.pem', '--key', 'flag.key'],
    'log-level': ['--log-level', 'debug'],
    storage: ['--data', 'flag-data', '--backend', 'embedded'],
  }
  const variables = {
    listen: { PORTCULLIS_LISTEN: '5002' },
    backend: { PORTCULLIS_BACKEND: 'http://env:5000' },
    htpasswd: { PORTCULLIS_HTPASSWD: 'env-users' },
    cert: { PORTCULLIS_CERT: 'env.pem', PORTCULLIS_KEY: 'env.key' },
    'log-level': { PORTCULLIS_LOG_LEVEL: 'warn' },
    storage: { PORTCULLIS_DATA: 'env-data', PORTCULLIS_BACKEND: 'embedded' },
  }
  /** null: the backend of the file leaves no room for it. */
  const table = [
    { setting: 'listen', flag: '0.0.0.0:5001', env: '0.0.0.0:5002', file: '127.0.0.1:5003', otherwise: '0.0.0.0:5000' },
    {
      setting: 'backend',
      flag: 'http://flag:5000',
      env: 'http://env:5000',
      file: 'http://yaml:5000',
      otherwise: 'embedded',
    },
    { setting: 'htpasswd', flag: 'flag-users', env: 'env-users', file: 'yaml-users', otherwise: 'auth/htpasswd' },
    { setting: 'cert', flag: 'flag.pem', env: 'env.pem', file: 'yaml.pem', otherwise: 'certs/cert.pem' },
    { setting: 'log-level', flag: 'debug', env: 'warn', file: 'error', otherwise: 'info' },
    { setting: 'storage', flag: 'flag-data', env: 'env-data', file: null, otherwise: 'data' },
  ] as const

  it.each(table)('$setting', ({ setting, flag, env, file, otherwise }) => {
    expect(inForce([], {})[setting]).toBe(otherwise)
    write('portcullis.yaml', yaml)
    if (file !== null) expect(inForce([], {})[setting]).toBe(file)
    expect(inForce([], variables[setting])[setting]).toBe(env)
    expect(inForce(flags[setting], variables[setting])[setting]).toBe(flag)
  })

  it('another file stands in the place of portcullis.yaml', () => {
    write('portcullis.yaml', yaml)
    write('other.yaml', 'listen: 127.0.0.1:5004\n')
    expect(inForce(['--config', 'other.yaml'], {})).toMatchObject({ listen: '127.0.0.1:5004', backend: 'embedded' })
    expect(inForce([], { PORTCULLIS_CONFIG: 'other.yaml' })).toMatchObject({ where: 'other.yaml:1' })
  })
})

describe('the print for people', () => {
  it('names what is in force under headings, what will be made, and where each value was said', () => {
    write('portcullis.yaml', 'token: { lifetime: 120 }\nproxy_protocol: [10.0.0.5, "2001:db8::/64"]\n')
    const printed = check(['--print', '--listen', '[::1]:5000', '--workers', '2'], { PORTCULLIS_DATA: 'store' })
    expect(printed).toBe(`where settings are
  --config                          portcullis.yaml                               default
  --nginx-conf                      none                                          default
addresses
  listen                            https://[::1]:5000                            --listen
  metrics                           none                                          default
  proxy_protocol                    10.0.0.5, 2001:db8::/64                       portcullis.yaml:2
  trusted_proxies                   none                                          default
  hosts                             none                                          default
registry
  backend                           embedded, in store                            default
  backend_login                     none                                          default
  data                              store                                         PORTCULLIS_DATA
  immutable                         none                                          default
certificate
  tls.cert                          certs/cert.pem (made at the first start)      default
  tls.key                           certs/key.pem (made at the first start)       default
  certs                             certs                                         default
users
  users.htpasswd                    auth/htpasswd (made at the first start)       default
access rules
  groups                            none                                          default
  access                            every user may do everything                  default
tokens
  token                             on: clients are asked for a token             portcullis.yaml:1
  token.identity                    false                                         default
  token.lifetime                    120 s                                         portcullis.yaml:1
  token.service                     portcullis                                    default
  token.issuer                      portcullis                                    default
login limits
  login_limits                      on                                            default
  login_limits.wrong_passwords      10                                            default
  login_limits.per_address          100                                           default
  login_limits.window               300 s                                         default
  login_limits.redis                none                                          default
  login_limits.redis_password_file  none                                          default
processes
  workers                           2                                             --workers
  connections.max                   nine tenths of the limit of file descriptors  default
  drain                             600 s                                         default
log
  log.level                         info                                          default
  log.format                        json                                          default
`)
  })

  it('shows what an nginx.conf decides with the lines of that file, IPv6 addresses in brackets', () => {
    write('auth/htpasswd', fixtures.get('alice') ?? '')
    write(
      'nginx.conf',
      `server {
  listen [::]:80;
  listen unix:/run/gate.sock;
  client_max_body_size 0;
  location /v2/ {
    auth_basic "registry";
    auth_basic_user_file auth/htpasswd;
    proxy_pass http://127.0.0.1:5001;
  }
}
`,
    )
    const printed = check(['--nginx-conf', 'nginx.conf', '--print'])
    const rows = printed.split('\n').map(line => line.trim().split(/ {2,}/))
    expect(rows).toContainEqual(['listen', 'http://[::]:80', 'nginx.conf:2'])
    expect(rows).toContainEqual(['listen', 'http+unix:/run/gate.sock', 'nginx.conf:3'])
    expect(rows).toContainEqual(['users.htpasswd', 'auth/htpasswd', 'nginx.conf:7'])
    expect(rows).toContainEqual(['backend', 'http://127.0.0.1:5001', 'nginx.conf:8'])
    expect(printed).not.toMatch(/trusted_proxies|backend_login|certs/)
  })
})

describe('the print of a login at the backend', () => {
  it('says whose it is, and not its password', () => {
    write('yaml-users', fixtures.get('alice') ?? '')
    write('yaml.pem', fixtures.get('a certificate') ?? '')
    write('yaml.key', fixtures.get('its key') ?? '')
    write('behind-password', 'hunter2\n')
    write('portcullis.yaml', `${yaml}backend_login: { username: robot, password_file: behind-password }\n`)
    const text = check(['--print'])
    expect(text).toMatch(/^ {2}backend_login +robot, password \*\*\* in behind-password +portcullis\.yaml:6$/m)
    expect(`${text}${check(['--print', 'json'])}`).not.toContain('hunter2')
  })
})

describe('the print for programs', () => {
  it('holds no password hash, no private key and no header that proves who the gate is', () => {
    write('auth/htpasswd', fixtures.get('alice') ?? '')
    write('certs/cert.pem', fixtures.get('a certificate') ?? '')
    write('certs/key.pem', fixtures.get('its key') ?? '')
    write(
      'nginx.conf',
      `server {
  listen 5000 ssl;
  ssl_certificate certs/cert.pem;
  ssl_certificate_key certs/key.pem;
  location / {
    auth_basic "registry";
    auth_basic_user_file auth/htpasswd;
    proxy_set_header Authorization "Basic aHVudGVyMg==";
    proxy_set_header X-Api-Key hunter2;
    proxy_set_header X-Shown shown;
    proxy_pass http://127.0.0.1:5001;
  }
}
`,
    )
    const printed = check(['--nginx-conf', 'nginx.conf', '--print', 'json'])
    expect(() => JSON.parse(printed)).not.toThrow()
    expect(printed).not.toMatch(/\$2[aby]\$|PRIVATE KEY|aHVudGVyMg|hunter2/)
    expect(printed).toContain('"Authorization"')
    expect(printed).toContain('shown')
  })
})

describe('the print for programs beside an nginx.conf', () => {
  const conf = (line: string) => `worker_processes 4;
http {
  server {
    listen 5000;
    client_max_body_size 0;
    ${line}
    location / { return 204; }
  }
}
`
  const directives = (printed: string): string[] =>
    JSON.parse(printed).directives.map(
      (each: Readonly<Record<string, string>>) => `${each.where} ${each.directive} ${each.decision}: ${each.reason}`,
    )

  it('says which directives are honoured or ignored, and why', () => {
    write('nginx.conf', conf('chunked_transfer_encoding on;'))
    const reports = directives(check(['--nginx-conf', 'nginx.conf', '--print', 'json']))
    expect(reports.map(line => line.replace(/: .*/, ''))).toEqual([
      'nginx.conf:1 worker_processes ignored',
      'nginx.conf:2 http honoured',
      'nginx.conf:3 server honoured',
      'nginx.conf:4 listen honoured',
      'nginx.conf:5 client_max_body_size honoured',
      'nginx.conf:6 chunked_transfer_encoding ignored',
      'nginx.conf:7 location honoured',
      'nginx.conf:7 return honoured',
    ])
    expect(reports[0]).toContain(': the number of workers is given with --workers')
    expect(reports[4]).toContain(': as in nginx: 1m where it is absent, 0 for no limit')
  })

  it('says which directives are refused, and what to do, where the file is not valid', () => {
    write('nginx.conf', conf('proxy_cache registry;'))
    const { status, stdout } = spawnSync(
      process.execPath,
      [portcullisMain, 'check', '--nginx-conf', 'nginx.conf', '--print', 'json'],
      { cwd: folder, env: { PATH: process.env.PATH, HOME: folder }, encoding: 'utf8' },
    )
    expect(status).toBe(1)
    expect(directives(stdout)).toContain(
      'nginx.conf:6 proxy_cache refused: nginx would store answers of the backend; take the line out: every request goes to the backend',
    )
  })
})
