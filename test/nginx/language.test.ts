/** Sizes, times, switches, variables, regular expressions and misspellings, as nginx writes them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: nginx writes variables like this
import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/nginx/language/nearest.js'
import { parseRegex, repeatsOnce } from '../../src/nginx/language/regex.js'
import { parseTemplate, plainText } from '../../src/nginx/language/template.js'
import { parseFlag, parseSize, parseTime } from '../../src/nginx/language/values.js'

describe('values', () => {
  it.each([
    ['0', 0],
    ['1024', 1024],
    ['8k', 8192],
    ['1M', 1_048_576],
    ['10G', 10_737_418_240],
    ['1gb', null],
    ['-1', null],
    ['', null],
    ['1.5m', null],
    ['99999999999g', null],
  ])('the size %j is %s bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  it.each([
    ['900', 900_000],
    ['0', 0],
    ['5m', 300_000],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['1h 30m', 5_400_000],
    ['1d 1', 86_401_000],
    ['1M', 2_592_000_000],
    ['1y', 31_536_000_000],
    ['30m1h', null],
    ['5x', null],
    ['', null],
    ['m', null],
  ])('the time %j is %s ms', (text, ms) => {
    expect(parseTime(text)).toBe(ms)
  })

  it.each([
    ['on', true],
    ['ON', true],
    ['off', false],
    ['yes', null],
  ])('the switch %j is %s', (text, on) => {
    expect(parseFlag(text)).toBe(on)
  })
})

describe('text with variables', () => {
  it.each([
    ['', []],
    ['plain', ['plain']],
    ['https://$host/', ['https://', { variable: 'host' }, '/']],
    ['${Host}name$ARG_a-b', [{ variable: 'host' }, 'name', { variable: 'arg_a' }, '-b']],
    ['$1$20', [{ variable: '1' }, { variable: '2' }, '0']],
    ['\\$host', ['\\', { variable: 'host' }]],
  ])('%j', (word, template) => {
    expect(parseTemplate(word)).toEqual({ template, problem: null })
  })

  it.each(['5$', '$', '$-a', '${', '${}', '${a', '${a b}'])('%j is a mistake', word => {
    expect(parseTemplate(word).template).toBeNull()
  })

  it('is plain without variables', () => {
    expect([plainText([]), plainText(['a']), plainText([{ variable: 'a' }])]).toEqual(['', 'a', null])
  })
})

describe('regular expressions', () => {
  it.each([
    '^(docker\\/1\\.(3|4|5(?!\\.[0-9]-dev))|Go ).*$',
    '(?<!a)b(?=c)',
    '^/v2/(?<name>[a-z0-9]+(?:/[a-z]+)*)/tags$',
    '[+*?]+',
    '[*+]',
    '\\(?i\\)',
    '\\\\Ab',
    '^\\d{1,3}$',
  ])('%s means the same here', source => {
    expect(parseRegex(source, false).problem).toBeNull()
  })

  it.each([
    ['(?i)a', 'write', '~*'],
    ['(?P<n>a)', 'write', '(?<name>'],
    ['(?>a)', 'write', '(?:'],
    ['a++', 'remove', '"+"'],
    ['a{2}+', 'remove', '"+"'],
    ['a{,3}', 'write', '{0,n}'],
    ['[[:alnum:]]', 'write', 'a-z'],
    ['\\Aa\\z', 'use', '^'],
    ['a\\h', 'use', '[ \\t]'],
    ['\\Qa\\E', 'use', ''],
    ['[]a]', 'write', '\\]'],
    ['(*UTF8)a', 'remove', ''],
    ['^/(?!\\x{76}2)', 'write', ''],
    ['^/(pub)?v2/\\1', 'write', ''],
    ['(?<a>b)\\k<a>', 'write', ''],
    ['(a', 'check', ''],
    ['a**', 'check', ''],
  ])('%s is refused', (source, _verb, hint) => {
    expect(parseRegex(source, false).problem?.hint).toContain(hint)
  })

  it.each([
    ['^(docker\\/1\\.(3|4|5(?!\\.[0-9]-dev))|Go ).*$', true],
    ['(?<!a)b(?=c)', true],
    ['^[*+)|(]*(?!a)\\)$', true],
    ['a(?=b*)', false],
    ['^a*(?=b*)', false],
    ['^(?:aa)*(?!b)', false],
    ['^a(?!b)|.*c', false],
    ['^a{1,2000}(?!b)', true],
    ['a{1,2000}(?!b)', false],
  ])('%s takes a backtracking engine no more than linear time: %s', (source, linear) => {
    expect(parseRegex(source, false).problem).toBeNull()
    expect(repeatsOnce(source)).toBe(linear)
  })

  it('name their groups as variables', () => {
    expect(parseRegex('(?<Repo>a)(?<tag>b)', false)).toMatchObject({ names: ['repo', 'tag'] })
  })
})

describe('the name that was meant', () => {
  const known = ['ssl_certificate', 'ssl_certificate_key', 'listen', 'server_name', 'if']
  it.each([
    ['sl_certificate', 'ssl_certificate'],
    ['lisen', 'listen'],
    ['servername', 'server_name'],
    ['ssl-certificate-key', 'ssl_certificate_key'],
    ['of', null],
    ['gzip', null],
  ])('%s: %s', (name, meant) => {
    expect(nearest(name, known)).toBe(meant)
  })
})
