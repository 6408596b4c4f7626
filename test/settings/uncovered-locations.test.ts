/** Which lines of an nginx.conf let requests through to the registry that no access rule is asked about. */
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../src/access/model.js'
import { settingsFromNginxConf } from '../../src/nginx/nginx-conf.js'
import { uncoveredLocations } from '../../src/settings/uncovered-locations.js'

const access: Policy = {
  rules: [
    {
      who: [{ kind: 'users' }],
      repositories: ['team/**'],
      effect: 'may',
      actions: ['pull'],
      where: 'portcullis.yaml:2',
    },
  ],
  groups: new Map(),
}

/** The lines behind the first four are `lines`. */
const told = (lines: readonly string[], policy: Policy | null = access) => {
  const conf = ['server {', 'listen 5000;', 'auth_basic Registry;', 'auth_basic_user_file htpasswd;', ...lines, '}']
  const files = { read: () => conf.join('\n'), glob: () => [] }
  const { listeners } = settingsFromNginxConf('nginx.conf', files)
  return uncoveredLocations({ access: policy, listeners }).map(
    ({ where, message }) => `${where} ${/open to (.*)$/.exec(message)?.[1]}`,
  )
}

const registry = 'proxy_pass http://registry:5000;'

describe('nothing is told of', () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['/v2/ alone', [`location /v2/ { ${registry} }`, 'location / { return 404; }']],
    ['/v2 without its slash', [`location /v2 { ${registry} }`]],
    ['one path below it', [`location = /v2/_catalog { auth_basic off; ${registry} }`]],
    ['regular expressions that begin with it', [`location ~ ^/v2/base/ { ${registry} }`]],
    ['locations within it', [`location /v2/ { ${registry} location ~ /manifests/ { ${registry} } }`]],
    ['an if within it', [`location /v2/ { if ($request_method = GET) { ${registry} } ${registry} }`]],
    ['other paths that become paths below it', ['location /docker/ { proxy_pass http://registry:5000/v2/; }']],
    [
      'a page for browsers with a backend of its own',
      [`location /v2/ { ${registry} }`, 'location / { proxy_pass http://ui; }'],
    ],
    [
      'where its errors go',
      [`location /v2/ { error_page 502 = @other; ${registry} }`, `location @other { ${registry} }`],
    ],
  ]
  it.each(rows)('%s', (_, lines) => expect(told(lines)).toEqual([]))

  it('a file without rules beside it', () => expect(told([`location / { ${registry} }`], null)).toEqual([]))
})

describe('the line is told that passes on', () => {
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['everything', ['location / {', registry, '}'], ['nginx.conf:6 every user']],
    ['everything, once for two addresses', ['listen 5001;', `location / { ${registry} }`], ['nginx.conf:6 every user']],
    [
      'everything beside /v2/, to anybody',
      [`location /v2/ { ${registry} }`, `location / { auth_basic off; ${registry} }`],
      ['nginx.conf:6 every client'],
    ],
    [
      'another folder',
      [`location /v2/ { ${registry} }`, `location /metrics { ${registry} }`],
      ['nginx.conf:6 every user'],
    ],
    ['another version', [`location /v2beta/ { ${registry} }`], ['nginx.conf:5 every user']],
    ['what contains /v2/ anywhere', [`location ~ /v2/ { ${registry} }`], ['nginx.conf:5 every user']],
    ['a folder at its root', ['location /mirror/ { proxy_pass http://registry:5000/; }'], ['nginx.conf:5 every user']],
    [
      'to a backend that a variable names',
      [`location /v2/ { ${registry} }`, 'location / { set $to registry; proxy_pass http://$to:5000; }'],
      ['nginx.conf:6 every user'],
    ],
    ['in an if', ['location / {', `if ($request_method = POST) { ${registry} }`, '}'], ['nginx.conf:6 every user']],
    [
      'what other paths are sent to by their errors',
      ['location / { error_page 418 = @other; return 418; }', `location @other { ${registry} }`],
      ['nginx.conf:6 every user'],
    ],
  ]
  it.each(rows)('%s', (_, lines, expected) => expect(told(lines)).toEqual(expected))
})
