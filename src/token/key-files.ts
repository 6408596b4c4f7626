/**
 * The files of the signing keys: DATA/portcullis/token-keys/key-N.json, and beside them the certificates for a
 * registry. (decision T2)
 */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { makePrivateFolder, removePrivateFile, writePrivateFile } from '../files/private-file.js'
import { createRecordReader, type RecordFolder } from '../files/record-folder.js'
import type { SigningKey } from './model.js'
import { inOrder } from './rotation.js'
import { createSigningKey, type KeyMaking } from './signing-key.js'
import { statePaths } from './state-folder.js'

const shape = z.strictObject({
  createdAt: z.iso.datetime(),
  signsFrom: z.iso.datetime(),
  privateKey: z.string(),
  certificate: z.string(),
})

/** Where the keys of `dataFolder` stand, and how they are read. */
export function signingKeyFolder(dataFolder: string): RecordFolder<SigningKey> {
  return {
    folder: statePaths(dataFolder).signingKeys,
    parse: parseSigningKey,
    hint: 'remove it if it is not needed; without any good key the gate makes a new one',
  }
}

/** The record of one file. A key that does not fit its certificate would sign what nobody accepts. */
function parseSigningKey(id: string, json: unknown): { readonly record: SigningKey } | { readonly wrong: string } {
  const read = shape.safeParse(json)
  if (!read.success) return { wrong: 'is no signing key' }
  const { createdAt, signsFrom, privateKey, certificate } = read.data
  try {
    const own = createPublicKey(createPrivateKey(privateKey))
    if (own.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return { wrong: 'is no signing key on the curve P-256' }
    if (!own.equals(new X509Certificate(certificate).publicKey)) return { wrong: 'has a certificate of another key' }
  } catch {
    return { wrong: 'holds a key or a certificate that is damaged' }
  }
  const record = { id, createdAt: Date.parse(createdAt), signsFrom: Date.parse(signsFrom), privateKey, certificate }
  return { record }
}

/** All good keys, and what is wrong with the others. Rejects with the error of the system where the folder cannot be read. */
export function readSigningKeys(dataFolder: string) {
  return createRecordReader(signingKeyFolder(dataFolder)).read('files')
}

/**
 * Makes a key and its file under the first free number above those of `known`, the ids of the keys that are there: another gate
 * may have taken one meanwhile, or a broken file may have it. Rejects with the error of the system.
 */
export async function addNextKey(
  dataFolder: string,
  known: Iterable<string>,
  making: Omit<KeyMaking, 'id'>,
): Promise<SigningKey> {
  for (let number = highestNumber(known) + 1; ; number += 1) {
    const key = await createSigningKey({ ...making, id: `key-${number}` })
    if (await addSigningKey(dataFolder, key)) return key
  }
}

/** 3 of `key-1` and `key-3`, 0 without keys. */
export function highestNumber(ids: Iterable<string>): number {
  return Math.max(0, ...[...ids].map(id => Number(/^key-(\d{1,9})$/.exec(id)?.[1] ?? 0)))
}

/** False where there is a key of this id already; it stays as it is. */
export async function addSigningKey(dataFolder: string, key: SigningKey): Promise<boolean> {
  const { folder, signingKeys } = statePaths(dataFolder)
  await makePrivateFolder(folder)
  await makePrivateFolder(signingKeys)
  const { privateKey, certificate } = key
  const [createdAt, signsFrom] = [key.createdAt, key.signsFrom].map(time => new Date(time).toISOString())
  const text = `${JSON.stringify({ createdAt, signsFrom, privateKey, certificate }, null, 2)}\n`
  return writePrivateFile(join(signingKeys, `${key.id}.json`), text, { exclusive: true })
}

export async function removeSigningKey(dataFolder: string, id: string): Promise<void> {
  await removePrivateFile(join(statePaths(dataFolder).signingKeys, `${id}.json`))
}

/** Writes the certificates of all keys into one file that a registry may read, unless they stand there already. */
export async function writeKeyCertificates(dataFolder: string, keys: readonly SigningKey[]): Promise<void> {
  const { certificates } = statePaths(dataFolder)
  const text = inOrder(keys)
    .map(key => key.certificate)
    .join('')
  if ((await readFile(certificates, 'utf8').catch(() => null)) === text) return
  await writePrivateFile(certificates, text, { mode: 0o644 })
}
