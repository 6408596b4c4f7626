/** What the image runs for what stands behind its name, in its environment and in its folders. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandLine, places, realDisk } from '../../scripts/container-start.js'

/** A disk on which these files exist. */
const disk = (...files: readonly string[]) => ({
  exists: (path: string) => files.includes(path),
  list: (folder: string) =>
    files.filter(file => file.startsWith(`${folder}/`)).map(file => file.slice(folder.length + 1)),
})

const compat = `--nginx-conf ${places.compat}`
const conf = '--nginx-conf /etc/nginx/nginx.conf'
const around = `--nginx-conf ${places.aroundConfFolder}`
const fragment = '/etc/nginx/conf.d/registry.conf'

describe('docker run portcullis ...', () => {
  test.each<[files: readonly string[], args: string, program: string, result: string]>([
    [[], 'serve', 'main', `serve ${compat}`],
    [[], 'serve --workers 2', 'main', `serve ${compat} --workers 2`],
    [[], 'check', 'main', `check ${compat}`],
    [[places.nginxConf], 'serve', 'main', `serve ${conf}`],
    [[places.nginxConf, fragment], 'serve', 'main', `serve ${conf}`],
    [[fragment], 'serve', 'main', `serve ${around}`],
    [[fragment], 'serve --log-level debug', 'main', `serve ${around} --log-level debug`],
    [['/etc/nginx/conf.d/nginx.htpasswd', '/etc/nginx/conf.d/.hidden.conf'], 'serve', 'main', `serve ${compat}`],
    [[places.nginxConf], 'nginx -g daemon off;', 'main', `serve ${conf}`],
    [[], 'portcullis serve', 'main', `serve ${compat}`],
    [[], 'serve --backend http://b:5000', 'main', 'serve --backend http://b:5000'],
    [[], 'serve --backend=embedded', 'main', 'serve --backend=embedded'],
    [[], 'serve --nginx-conf /mine.conf', 'main', 'serve --nginx-conf /mine.conf'],
    [[places.nginxConf], 'serve --nginx-conf /mine.conf', 'main', 'serve --nginx-conf /mine.conf'],
    [['portcullis.yaml'], 'serve', 'main', 'serve'],
    [['portcullis.yaml', places.nginxConf], 'serve', 'main', `serve ${conf}`],
    // The gate itself says that these two do not go together.
    [[places.nginxConf], 'serve --backend http://b:5000', 'main', `serve ${conf} --backend http://b:5000`],
    [[], 'create-certs --out /certs', 'create-certs', '--out /certs'],
    [[], 'users list', 'main', 'users list'],
    [[], '--help', 'main', '--help'],
    [[], '', 'main', ''],
    [[], 'nginx -t', 'main', 'nginx -t'],
  ])('%j %s -> %s %s', (files, args, program, result) => {
    const words = args === 'nginx -g daemon off;' ? ['nginx', '-g', 'daemon off;'] : args.split(' ').filter(Boolean)
    expect(commandLine(words, {}, disk(...files))).toEqual({ program, args: result.split(' ').filter(Boolean) })
  })
})

test.each([
  ['PORTCULLIS_BACKEND', 'serve'],
  ['PORTCULLIS_NGINX_CONF', 'serve'],
  ['PORTCULLIS_WORKER_USER', `serve ${compat}`],
  ['PORTCULLIS_LOG_LEVEL', `serve ${compat}`],
])('%s in the environment: %s', (variable, result) => {
  expect(commandLine(['serve'], { [variable]: 'x' }, disk())).toEqual({ program: 'main', args: result.split(' ') })
  expect(commandLine(['serve'], { [variable]: ' ' }, disk())).toMatchObject({ args: ['serve', ...compat.split(' ')] })
})

test('templates of nginx are refused and not passed over, unless something else decides', () => {
  const template = '/etc/nginx/templates/registry.conf.template'
  expect(commandLine(['serve'], {}, disk(template))).toEqual({
    problem:
      'error: /etc/nginx/templates: templates are not filled in here\nhint:  put the finished file into /etc/nginx/conf.d\n',
  })
  expect(commandLine(['serve'], {}, disk(template, fragment))).toMatchObject({ program: 'main' })
})

test('a configuration that is a link to nothing counts as mounted: nothing else serves in its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-container-start-'))
  try {
    const link = join(folder, 'nginx.conf')
    expect(realDisk.exists(link)).toBe(false)
    symlinkSync('nowhere', link)
    expect(realDisk.exists(link)).toBe(true)
    expect(realDisk.list(join(folder, 'conf.d'))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
