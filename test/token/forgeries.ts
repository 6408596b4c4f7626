/** Tokens that are nearly ours. Most stand for a mistake that a library or a product has made. */
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { type Fields, hashed, type Material, now, part, signed, signedWithRsa, widened } from './forge.js'

export type Row = readonly [what: string, forge: (given: Material) => string]

const seconds = now / 1000
const without = (fields: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))
const unsigned = (header: Fields, payload: Fields, signature = '') => `${part(header)}.${part(payload)}.${signature}`
const certificateOf = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '')
const withKeyOf = (key: Parameters<typeof createPublicKey>[0]) => createPublicKey(key).export({ format: 'jwk' })

/** Signatures by somebody else, by nobody, or by nothing that the gate would call a key. */
export const withoutOurKey: readonly Row[] = [
  ['alg none, without a signature', ({ payload }) => unsigned({ alg: 'none', typ: 'JWT' }, widened(payload))],
  ['alg None', ({ payload }) => unsigned({ alg: 'None', typ: 'JWT' }, widened(payload))],
  ['alg NONE with our certificate', ({ header, payload }) => unsigned({ ...header, alg: 'NONE' }, widened(payload))],
  [
    'alg none with the signature of a valid token',
    g => unsigned({ ...g.header, alg: 'none' }, g.payload, g.parts.signature),
  ],
  ['an empty alg', ({ header, payload }) => unsigned({ ...header, alg: '' }, payload)],
  ['no alg at all', ({ header, payload, parts }) => unsigned(without(header, 'alg'), payload, parts.signature)],
  ['our header and claims, no signature', ({ parts }) => `${parts.header}.${parts.payload}.`],
  ['our header and claims, two parts', ({ parts }) => `${parts.header}.${parts.payload}`],
  [
    'other claims under the signature of a valid token',
    g => `${g.parts.header}.${part(widened(g.payload))}.${g.parts.signature}`,
  ],
  ['HS256 with our public key in PEM', g => hashed({ ...g.header, alg: 'HS256' }, widened(g.payload), g.publicPem)],
  ['HS256 with our certificate in PEM', g => hashed({ ...g.header, alg: 'HS256' }, widened(g.payload), g.certificate)],
  [
    'HS256 with our certificate in DER',
    g => hashed({ ...g.header, alg: 'HS256' }, widened(g.payload), Buffer.from(certificateOf(g.certificate), 'base64')),
  ],
  ['HS256 with an empty key', g => hashed({ ...g.header, alg: 'HS256' }, widened(g.payload), '')],
  ['HS256 with a zero byte', g => hashed({ ...g.header, alg: 'HS256' }, widened(g.payload), new Uint8Array(1))],
  ['HS512 with our public key', g => hashed({ ...g.header, alg: 'HS512' }, widened(g.payload), g.publicPem, 'sha512')],
  ['HMAC with our public key under a header that says ES256', g => hashed(g.header, widened(g.payload), g.publicPem)],
  ['our header, the signature of another key', g => signed(g.header, g.payload, g.theirKey)],
  [
    'the certificate of another key in x5c',
    g => signed({ ...g.header, x5c: [certificateOf(g.theirs.certificate)] }, widened(g.payload), g.theirKey),
  ],
  [
    'the certificate of another key before ours',
    g =>
      signed(
        { ...g.header, x5c: [certificateOf(g.theirs.certificate), certificateOf(g.certificate)] },
        widened(g.payload),
        g.theirKey,
      ),
  ],
  [
    'the certificate of another key after ours',
    g =>
      signed(
        { ...g.header, x5c: [certificateOf(g.certificate), certificateOf(g.theirs.certificate)] },
        widened(g.payload),
        g.theirKey,
      ),
  ],
  [
    'a key of their own in jwk',
    g => signed({ alg: 'ES256', typ: 'JWT', jwk: withKeyOf(g.theirKey) }, widened(g.payload), g.theirKey),
  ],
  [
    'a key of their own in jwk beside our x5c',
    g => signed({ ...g.header, jwk: withKeyOf(g.theirKey) }, widened(g.payload), g.theirKey),
  ],
  [
    'a private key in jwk',
    g => signed({ alg: 'ES256', jwk: g.theirKey.export({ format: 'jwk' }) }, widened(g.payload), g.theirKey),
  ],
  [
    'a jku of their own',
    g => signed({ ...g.header, jku: 'https://attacker.example/jwks.json' }, widened(g.payload), g.theirKey),
  ],
  [
    'an x5u of their own',
    g => signed({ ...g.header, x5u: 'https://attacker.example/cert.pem' }, widened(g.payload), g.theirKey),
  ],
  ['the id of our key as kid', g => signed({ alg: 'ES256', typ: 'JWT', kid: 'key-1' }, widened(g.payload), g.theirKey)],
  ['a file as kid', g => hashed({ alg: 'HS256', typ: 'JWT', kid: '../../../../dev/null' }, widened(g.payload), '')],
  ['a query as kid', g => hashed({ alg: 'HS256', kid: "x' UNION SELECT 'key" }, widened(g.payload), 'key')],
  ['__proto__ as kid', g => signed({ alg: 'ES256', kid: '__proto__' }, widened(g.payload), g.theirKey)],
  ['RS256 with a key of their own', g => signedWithRsa({ ...g.header, alg: 'RS256' }, widened(g.payload), g.theirRsa)],
  ['RSA under a header that says ES256', g => signedWithRsa(g.header, widened(g.payload), g.theirRsa)],
  ['PS256', g => signedWithRsa({ ...g.header, alg: 'PS256' }, widened(g.payload), g.theirRsa)],
  [
    'a signature of zeros (CVE-2022-21449)',
    g => `${g.parts.header}.${part(widened(g.payload))}.${part(new Uint8Array(64))}`,
  ],
  [
    'a signature of zeros in DER',
    g => `${g.parts.header}.${part(widened(g.payload))}.${part(Uint8Array.of(0x30, 6, 2, 1, 0, 2, 1, 0))}`,
  ],
  [
    'r and s as large as the order of the curve',
    g => `${g.parts.header}.${part(g.payload)}.${part(Buffer.from(orderTwice, 'hex'))}`,
  ],
  ['an r of zero', g => `${g.parts.header}.${g.parts.payload}.${part(blanked(g, 0))}`],
  ['an s of zero', g => `${g.parts.header}.${g.parts.payload}.${part(blanked(g, 32))}`],
  ['an empty text', () => ''],
  ['two points', () => '..'],
  ['JSON instead of a token', g => JSON.stringify({ payload: g.parts.payload, signatures: [g.parts] })],
  [
    'encryption to nobody',
    g => `${part({ alg: 'dir', enc: 'A256GCM' })}..${part('iv')}.${g.parts.payload}.${part('tag')}`,
  ],
]

const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
const orderTwice = order + order

function blanked({ parts }: Material, from: number): Buffer {
  return Buffer.from(parts.signature, 'base64url').fill(0, from, from + 32)
}

/** The same bytes or nearly so, written in another way. */
export const otherTexts: readonly Row[] = [
  ['padding behind the signature', ({ token }) => `${token}==`],
  ['padding behind each part', ({ parts }) => `${parts.header}=.${parts.payload}=.${parts.signature}==`],
  ['unused bits of the last character', ({ token }) => token.slice(0, -1) + nextCharacter(token.at(-1) ?? '')],
  ['base64 instead of base64url', g => signatureWith(g, /[-_]/).replace(/-/g, '+').replace(/_/g, '/')],
  ['a line feed at the end', ({ token }) => `${token}\n`],
  ['a blank before it', ({ token }) => ` ${token}`],
  ['a NUL at the end', ({ token }) => `${token}\0`],
  ['a fourth part', ({ token }) => `${token}.`],
  ['the signature cut by one character', ({ token }) => token.slice(0, -1)],
  [
    'the signature longer by one byte',
    ({ parts }) =>
      `${parts.header}.${parts.payload}.${part(Buffer.concat([Buffer.from(parts.signature, 'base64url'), Buffer.of(0)]))}`,
  ],
  [
    'one bit of the signature turned',
    ({ parts }) => `${parts.header}.${parts.payload}.${part(turned(parts.signature))}`,
  ],
  ['one bit of the claims turned', ({ parts }) => `${parts.header}.${part(turned(parts.payload))}.${parts.signature}`],
  [
    'a right signature in DER',
    g =>
      `${g.parts.header}.${g.parts.payload}.${part(sign('sha256', Buffer.from(`${g.parts.header}.${g.parts.payload}`), g.ourKey))}`,
  ],
  ['a megabyte', ({ token }) => token + 'A'.repeat(1 << 20)],
  ['a megabyte of points', ({ token }) => token + '.'.repeat(1 << 20)],
]

function nextCharacter(last: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet[alphabet.indexOf(last) + 1] ?? ''
}

/** A valid token whose signature has such a character. */
function signatureWith({ header, payload, ourKey }: Material, character: RegExp): string {
  for (;;) {
    const token = signed(header, payload, ourKey)
    if (character.test(token.split('.')[2] ?? '')) return token
  }
}

function turned(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1
  return bytes
}

/** Signed by our own key: what else it may ever have signed is no access token for this service. */
export const byOurKey: readonly Row[] = [
  ['aud as a list', g => signed(g.header, { ...g.payload, aud: ['portcullis'] }, g.ourKey)],
  ['aud as a list with others', g => signed(g.header, { ...g.payload, aud: ['other', 'portcullis'] }, g.ourKey)],
  ['aud of another service', g => signed(g.header, { ...g.payload, aud: 'other' }, g.ourKey)],
  ['aud in other letters', g => signed(g.header, { ...g.payload, aud: 'Portcullis' }, g.ourKey)],
  ['no aud', g => signed(g.header, without(g.payload, 'aud'), g.ourKey)],
  ['another issuer', g => signed(g.header, { ...g.payload, iss: 'other' }, g.ourKey)],
  ['no issuer', g => signed(g.header, without(g.payload, 'iss'), g.ourKey)],
  ['exp with a fraction', g => signed(g.header, { ...g.payload, exp: seconds + 0.5 }, g.ourKey)],
  ['exp as text', g => signed(g.header, { ...g.payload, exp: `${seconds + 300}` }, g.ourKey)],
  ['no exp', g => signed(g.header, without(g.payload, 'exp'), g.ourKey)],
  ['exp null', g => signed(g.header, { ...g.payload, exp: null }, g.ourKey)],
  [
    'exp beyond whole numbers',
    g => signed(g.header, JSON.stringify(g.payload).replace(/"exp":\d+/, '"exp":1e400'), g.ourKey),
  ],
  [
    'exp written as 1e10',
    g => signed(g.header, JSON.stringify(g.payload).replace(/"exp":\d+/, '"exp":1e10'), g.ourKey),
  ],
  ['exp before nbf', g => signed(g.header, { ...g.payload, nbf: seconds + 301 }, g.ourKey)],
  ['exp below zero', g => signed(g.header, { ...g.payload, exp: -1 }, g.ourKey)],
  ['nbf in an hour', g => signed(g.header, { ...g.payload, nbf: seconds + 3600, exp: seconds + 7200 }, g.ourKey)],
  ['nbf as text', g => signed(g.header, { ...g.payload, nbf: `${seconds}` }, g.ourKey)],
  ['no sub', g => signed(g.header, without(g.payload, 'sub'), g.ourKey)],
  ['sub as a list', g => signed(g.header, { ...g.payload, sub: ['tea'] }, g.ourKey)],
  ['access as an object', g => signed(g.header, { ...g.payload, access: {} }, g.ourKey)],
  [
    'access with a class',
    g =>
      signed(g.header, { ...g.payload, access: [{ type: 'repository', class: '', name: 'a', actions: [] }] }, g.ourKey),
  ],
  ['a claim that we do not write', g => signed(g.header, { ...g.payload, admin: true }, g.ourKey)],
  [
    'a repeated claim',
    g => signed(g.header, JSON.stringify(g.payload).replace('"sub":', '"sub":"admin","sub":'), g.ourKey),
  ],
  [
    'a claim written with escapes',
    g => signed(g.header, JSON.stringify(g.payload).replace('"sub"', '"s\\u0075b"'), g.ourKey),
  ],
  [
    '__proto__ among the claims',
    g => signed(g.header, JSON.stringify(g.payload).replace('{', '{"__proto__":{"sub":"admin"},'), g.ourKey),
  ],
  ['claims with blanks between', g => signed(g.header, JSON.stringify(g.payload, null, 1), g.ourKey)],
  ['claims behind a byte order mark', g => signed(g.header, `\uFEFF${JSON.stringify(g.payload)}`, g.ourKey)],
  ['claims that are no JSON', g => signed(g.header, 'tea', g.ourKey)],
  ['claims that are a list', g => signed(g.header, '[]', g.ourKey)],
  ['claims that are null', g => signed(g.header, 'null', g.ourKey)],
  ['a token within a token', g => signed(g.header, g.token, g.ourKey)],
  ['a token within a token, and cty', g => signed({ ...g.header, cty: 'JWT' }, g.token, g.ourKey)],
  ['another typ', g => signed({ ...g.header, typ: 'identity+jwt' }, g.payload, g.ourKey)],
  ['no typ', g => signed(without(g.header, 'typ'), g.payload, g.ourKey)],
  ['crit', g => signed({ ...g.header, crit: ['exp'] }, g.payload, g.ourKey)],
  ['crit with a name that we know', g => signed({ ...g.header, crit: ['b64'], b64: true }, g.payload, g.ourKey)],
  [
    'claims that are not encoded (b64 false)',
    g => signed({ ...g.header, crit: ['b64'], b64: false }, g.payload, g.ourKey),
  ],
  ['zip', g => signed({ ...g.header, zip: 'DEF' }, g.payload, g.ourKey)],
  ['a repeated alg', g => signed(JSON.stringify(g.header).replace('{', '{"alg":"none",'), g.payload, g.ourKey)],
  ['alg after x5c', g => signed({ x5c: g.header.x5c, alg: 'ES256', typ: 'JWT' }, g.payload, g.ourKey)],
  ['no x5c', g => signed(without(g.header, 'x5c'), g.payload, g.ourKey)],
  ['x5c as a text', g => signed({ ...g.header, x5c: certificateOf(g.certificate) }, g.payload, g.ourKey)],
  ['alg ES384', g => signed({ ...g.header, alg: 'ES384' }, g.payload, g.ourKey)],
  [
    'a key of another curve',
    g => {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
      return signed({ ...g.header, alg: 'ES384' }, g.payload, privateKey)
    },
  ],
]
