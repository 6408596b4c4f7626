/** Sends a regular file under a folder: error pages, ACME challenges, a user interface (nginx's `root`). */
import { constants } from 'node:fs'
import { type FileHandle, open, realpath, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { RequestError } from '../../errors/request-error.js'
import type { Content } from '../../routes/model.js'
import { type Answerer, alwaysReady } from './answerer.js'

/** By extension; whatever else is there is a download. */
const mediaTypes = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.htm', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.json', 'application/json'],
  ['.txt', 'text/plain; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ico', 'image/x-icon'],
  ['.woff2', 'font/woff2'],
  ['.crt', 'application/x-x509-ca-cert'],
  ['.pem', 'application/x-pem-file'],
])

export const files: Answerer<Extract<Content, { kind: 'files' }>> = {
  answer: (_gateway, { request, response }, { decision }, { root, index }) =>
    serveFile(request, response, root, decision.uri, index),
  ready: alwaysReady,
}

/**
 * Answers with the file that `uri` names under `root`; a path that ends with a slash means the first file of `index` in that folder, and
 * a folder without its slash is redirected to it. The status is the one that stands in `response.statusCode`: an error page
 * keeps its error, and is sent for every method.
 * @param uri decoded and normalized, every character a byte
 * @throws RequestError as long as nothing has been sent: 'not-found'; 'denied' for a link that leads out of the folder and for a file
 *   that may not be read; 'method-not-allowed' for anything but GET and HEAD
 */
export async function serveFile(
  request: IncomingMessage,
  response: ServerResponse,
  root: string,
  uri: string,
  index: readonly string[],
): Promise<void> {
  const isErrorPage = response.statusCode >= 400
  if (!isErrorPage && request.method !== 'GET' && request.method !== 'HEAD') {
    throw new RequestError('method-not-allowed', { headers: { Allow: 'GET, HEAD' } })
  }
  const path = join(root, Buffer.from(uri, 'latin1').toString('utf8'))
  const file = uri.endsWith('/') ? await firstOf(path, index) : path
  const target = await existing(() => realpath(file))
  const folder = await existing(() => realpath(root))
  if (!target.startsWith(folder === sep ? sep : folder + sep)) throw new RequestError('denied')
  const handle = await existing(() => open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK))
  try {
    await send(handle, request, response, { uri, extension: extname(target).toLowerCase() })
  } finally {
    await handle.close()
  }
}

async function send(
  handle: FileHandle,
  request: IncomingMessage,
  response: ServerResponse,
  { uri, extension }: { readonly uri: string; readonly extension: string },
): Promise<void> {
  const found = await handle.stat()
  if (found.isDirectory()) {
    const location = encodeURI(`${Buffer.from(uri, 'latin1').toString('utf8')}/`).replace(/[?#]/g, encodeURIComponent)
    response.writeHead(301, { Location: location, 'Content-Length': 0 }).end()
    return
  }
  if (!found.isFile()) throw new RequestError('not-found')
  response.writeHead(response.statusCode, {
    'Content-Type': mediaTypes.get(extension) ?? 'application/octet-stream',
    'Content-Length': found.size,
    'Last-Modified': found.mtime.toUTCString(),
  })
  if (request.method === 'HEAD' || found.size === 0) {
    response.end()
    return
  }
  try {
    // Not beyond the length that was announced, should the file grow meanwhile.
    await pipeline(handle.createReadStream({ autoClose: false, start: 0, end: found.size - 1 }), response)
  } catch {
    // The client has gone, or the file could not be read to its end: never a short success.
    response.destroy()
  }
}

async function firstOf(folder: string, index: readonly string[]): Promise<string> {
  for (const name of index) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => null)
    if (found?.isFile()) return path
  }
  throw new RequestError('not-found')
}

async function existing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : null
    throw new RequestError(code === 'EACCES' || code === 'EPERM' ? 'denied' : 'not-found', { cause: error })
  }
}
