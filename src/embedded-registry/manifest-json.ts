/**
 * Reads the JSON of a manifest in bounded time: the event loop does nothing else meanwhile, and a few MB can hold a
 * million values. (decision G4)
 */
import { nextTurn } from '../concurrency/slices.js'
import { RequestError } from '../errors/request-error.js'

/**
 * Values and members of objects. The longest list of layers that 4 MiB hold has 144,000; as many different keys take `JSON.parse` 50 to
 * 100 ms.
 */
const maxValues = 150_000

/** Bytes that most manifests stay below; parsing more than this takes a turn of the event loop for itself. */
const parsedAtOnce = 64 * 1024

/** Wait for it before one of the functions below is called: of several large manifests one is parsed in each turn. */
export async function turnToParse(bytes: Uint8Array): Promise<void> {
  if (bytes.length > parsedAtOnce) await nextTurn()
}

/** @throws RequestError manifest-invalid */
export function parseManifestJson(bytes: Uint8Array): unknown {
  if (countValues(bytes, maxValues) > maxValues) {
    throw new RequestError('manifest-invalid', { message: `the manifest holds more than ${maxValues} values` })
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch (cause) {
    throw new RequestError('manifest-invalid', { message: 'the manifest is no JSON text in UTF-8', cause })
  }
}

/** What was stored already, by whatever program; null for what is no JSON text. */
export function parseStoredManifest(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return null
  }
}

const [quote, backslash, comma, bracket, brace] = [...Buffer.from('"\\,[{')]

/** Counts brackets, braces and commas outside of texts, so that every list, object and further value counts once; stops above `limit`. */
function countValues(json: Uint8Array, limit: number): number {
  let values = 0
  let inText = false
  for (let index = 0; index < json.length && values <= limit; index++) {
    const byte = json[index]
    if (byte === quote) inText = !inText
    else if (inText) index += byte === backslash ? 1 : 0
    else if (byte === comma || byte === bracket || byte === brace) values++
  }
  return values
}
