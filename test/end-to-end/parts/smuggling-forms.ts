/** Spellings of Transfer-Encoding and Content-Length on which two parsers may disagree, generated from a few rules. */

export interface SmugglingForm {
  /** The form with its control characters visible. */
  readonly name: string
  /** Raw header lines, without the last line end. */
  readonly lines: string
  readonly body: string
  /** Means exactly `Transfer-Encoding: chunked` or one Content-Length: may pass, with the body `hello`, and may be refused. */
  readonly plain: boolean
}

const control = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code))
const odd = [...control, ' ', '\x7f', '\x80', '\xa0', '\xad', '\xff', ',', ';', ':', '"', "'", '\\', '/', '(', '=', '+']

const optionalSpace = new Set([' ', '\t'])

/** Every odd byte at every place of the header line. */
const oddBytes = odd.flatMap(byte => [
  { line: `${byte}Transfer-Encoding: chunked`, plain: false },
  // A colon there makes it another header, called Transfer.
  ...(byte === ':'
    ? []
    : [
        { line: `Transfer${byte}-Encoding: chunked`, plain: false },
        { line: `Transfer${byte}Encoding: chunked`, plain: false },
      ]),
  { line: `Transfer-Encoding${byte}: chunked`, plain: false },
  { line: `Transfer-Encoding:${byte}chunked`, plain: optionalSpace.has(byte) },
  { line: `Transfer-Encoding: ${byte}chunked`, plain: optionalSpace.has(byte) },
  { line: `Transfer-Encoding: ch${byte}unked`, plain: false },
  { line: `Transfer-Encoding: chunked${byte}`, plain: optionalSpace.has(byte) },
  { line: `Transfer-Encoding: chunked ${byte}x`, plain: false },
])

const values = [
  '',
  'identity',
  'chunked, identity',
  'identity, chunked',
  'gzip, chunked',
  'chunked, chunked',
  'chunked,chunked',
  'chunked, gzip',
  'chunked;q=1',
  'chunked; ext=1',
  '"chunked"',
  "'chunked'",
  '[chunked]',
  'xchunked',
  'chunkedx',
  'chunke',
  'chunkedchunked',
  'chunked chunked',
  'chu\r\n nked',
  'identity\r\n , chunked',
  '\r\n chunked',
  '\r\n\tchunked',
  'chunked\r\n ',
  'x\r\n chunked',
  'nothing\r\nTransfer-Encoding: chunked',
  'chunked\r\nTransfer-Encoding: identity',
  'chunked\r\nTransfer-Encoding: chunked',
  'chunked\r\ntransfer-encoding: x',
  'chunked\nX: y',
  'chunked\rX: y',
  'chunKed\u017f',
].map(value => ({ line: `Transfer-Encoding: ${value}`, plain: false }))

const names = [
  'Transfer_Encoding',
  'transfer_encoding',
  'TRANSFER_ENCODING',
  'Transfer.Encoding',
  'Transfer~Encoding',
  'Transfer--Encoding',
  'TransferEncoding',
  'X\r\nTransfer-Encoding',
  'X: y\nTransfer-Encoding',
  'X: y\rTransfer-Encoding',
].map(name => ({ line: `${name}: chunked`, plain: false }))

const cases = ['transfer-encoding: chunked', 'TRANSFER-ENCODING: CHUNKED', 'tRANSFER-eNCODING: cHUNKED'].map(line => ({
  line,
  plain: true,
}))

const transferEncodings = [...oddBytes, ...values, ...names, ...cases]

const lengths = [
  '+5',
  '-5',
  '-0',
  '05\x00',
  '5 5',
  '5,5',
  '5, 5',
  '5;5',
  '0x5',
  '5e0',
  '5.0',
  '5L',
  '"5"',
  '5\r\nContent-Length: 5',
  '5\r\nContent-Length: 0',
  '0\r\nContent-Length: 5',
  '5\r\ncontent-length: 50',
  '\r\n 5',
  '5\r\n 5',
  '5\r\n ',
  '\x0b5',
  '5\x0b',
  '\x0c5',
  '5\x0c',
  '\xa05',
  '5\xa0',
  '\xb2',
  '18446744073709551621',
  '9223372036854775813',
  '4294967301999999999999',
  'five',
  '',
].map(value => ({ line: `Content-Length: ${value}`, plain: false }))

const lengthNames = [
  'Content_Length',
  'content_length',
  'Content.Length',
  'Content-Length ',
  'Content-Length\t',
  ' Content-Length',
  'Content-Length\x00',
  'Content\x00-Length',
  'Content-Length\x0b',
  'X: y\nContent-Length',
].map(name => ({ line: `${name}: 5`, plain: false }))

/** What a parser that takes the other view would find behind the body: a request of its own. */
const smuggled = (id: string) =>
  `GET /v2/smuggled/${id}/tags/list HTTP/1.1\r\nHost: localhost\r\nX-Smuggled: yes\r\nContent-Length: 0\r\n\r\n`

/** The whole table: about 1,500 forms. */
export function smugglingForms(): readonly SmugglingForm[] {
  const forms: SmugglingForm[] = []
  const add = (lines: string, body: (id: string) => string, plain: boolean, kind: string) =>
    forms.push({ name: `${kind} ${JSON.stringify(lines)}`, lines, body: body(`form${forms.length}`), plain })
  for (const { line, plain } of transferEncodings) {
    // Alone: five bytes in a chunk.
    add(line, () => '5\r\nhello\r\n0\r\n\r\n', plain, 'alone')
    // Beside a length that takes the smuggled request for the rest of the body, and one that does not.
    const wide = (id: string) => `0\r\n\r\n${smuggled(id)}`
    add(`Content-Length: ${wide('form9999').length}\r\n${line}`, wide, false, 'behind a length')
    add(`${line}\r\nContent-Length: 5`, id => `5\r\nhello\r\n0\r\n\r\n${smuggled(id)}`, false, 'before a length')
  }
  for (const { line, plain } of [...lengths, ...lengthNames]) {
    add(line, id => `hello${smuggled(id)}`, plain, 'length')
  }
  for (const { line } of lengthNames) {
    add(`${line}\r\nTransfer-Encoding: chunked`, () => '5\r\nhello\r\n0\r\n\r\n', false, 'length name beside chunks')
    add(`Content-Length: 5\r\n${line}5`, () => 'hello', false, 'two lengths')
  }
  // Chunks whose size two parsers read in two ways.
  const sizes = [
    '0x5',
    '+5',
    '-5',
    ' 5',
    '5 ',
    '05;',
    '5;x',
    '5;x\n',
    '5\n',
    '5\r',
    '5\x00',
    'g',
    '',
    '100000000000000005',
    '5\t',
    '5,5',
  ]
  for (const size of sizes) {
    const body = (id: string) => `${size}\r\nhello\r\n0\r\n\r\n${smuggled(id)}`
    // An extension is legal; what follows the body is not read, because the request says that it is the last one.
    add('Transfer-Encoding: chunked', body, size === '5;x', `chunk size ${JSON.stringify(size)}`)
  }
  for (const end of ['\n', '\r', '\r\r', 'x\r\n', '\x00\r\n', '\n\n', '\r\n\n']) {
    const body = (id: string) => `5\r\nhello${end}0\r\n\r\n${smuggled(id)}`
    add('Transfer-Encoding: chunked', body, false, `chunk end ${JSON.stringify(end)}`)
  }
  return forms
}
