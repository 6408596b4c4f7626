/** What a manifest says about itself: media type, what it refers to, and whether it may be stored (OCI image-spec 1.1). */
import { z } from 'zod'
import { RequestError } from '../errors/request-error.js'
import { parseManifestJson, parseStoredManifest } from './manifest-json.js'

export const mediaTypes = {
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  schema1: 'application/vnd.docker.distribution.manifest.v1+json',
  schema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
} as const

/** Of all that is wrong in a list only the first is told: told of each item, a manifest of 4 MiB takes a gigabyte and seconds. */
const listOf = <T>(item: z.ZodType<T>) =>
  z.array(z.unknown()).transform((values, context): T[] => {
    const items: T[] = []
    for (const [index, value] of values.entries()) {
      const parsed = item.safeParse(value)
      if (!parsed.success) {
        const { path = [], message = '' } = parsed.error.issues[0] ?? {}
        context.addIssue({ code: 'custom', path: [index, ...path], message })
        return z.NEVER
      }
      items.push(parsed.data)
    }
    return items
  })

const annotations = z.custom<Readonly<Record<string, string>>>(isRecordOfTexts, 'expected texts by their names')

function isRecordOfTexts(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  // Object.values takes longer than JSON.parse where there are a hundred thousand.
  for (const name in value) if (typeof Reflect.get(value, name) !== 'string') return false
  return true
}

/** RFC 6838, 4.2: at most 127 characters on both sides of the slash. */
const mediaType = z.string().max(255)

const descriptor = z.looseObject({
  mediaType: mediaType.optional(),
  digest: z.string(),
  size: z.number().int().nonnegative(),
  urls: listOf(z.string()).nullish(),
})

const manifest = z.looseObject({
  schemaVersion: z.number(),
  mediaType: mediaType.optional(),
  artifactType: mediaType.optional(),
  config: descriptor.optional(),
  layers: listOf(descriptor).nullish(),
  manifests: listOf(descriptor).nullish(),
  subject: descriptor.nullish(),
  annotations: annotations.nullish(),
  signatures: z.unknown().optional(),
})

type Manifest = z.infer<typeof manifest>
type Descriptor = z.infer<typeof descriptor>

/** All that is needed of a manifest without reading it again. */
export interface ManifestFacts {
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  /** Digest of the manifest this one is about, or null. */
  readonly subject: string | null
  /** As the referrers API defines it: the config's media type where the manifest names none. */
  readonly artifactType: string | null
}

/** What is stored, read once more. */
export interface DescribedManifest {
  readonly facts: ManifestFacts
  /** null where there are none. */
  readonly annotations: Readonly<Record<string, string>> | null
}

export interface CheckedManifest {
  readonly facts: ManifestFacts
  /** Digests of blobs that have to be in the repository. */
  readonly blobs: readonly string[]
  /** Digests of manifests that have to be in the repository. */
  readonly manifests: readonly string[]
}

/**
 * @param contentType the request's Content-Type, null without one
 * @throws RequestError manifest-invalid
 */
export function checkManifest(bytes: Uint8Array, contentType: string | null): CheckedManifest {
  const parsed = manifest.safeParse(parseManifestJson(bytes))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw invalid(`the manifest is malformed at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`)
  }
  const document = parsed.data
  if (document.schemaVersion !== 2) throw invalid('only manifests of schemaVersion 2 are accepted')
  const facts = factsOf(document, bytes.length)
  checkMediaType(document, facts.mediaType, contentType)
  const layers = (document.layers ?? []).filter(layer => !isForeign(layer))
  const config = document.config === undefined ? [] : [document.config]
  return {
    facts,
    blobs: [...config, ...layers].map(blob => blob.digest),
    manifests: (document.manifests ?? []).map(child => child.digest),
  }
}

/** Lenient, for what is stored already: of a manifest that is odd elsewhere, only the media type is taken. */
export function describeManifest(bytes: Uint8Array): DescribedManifest {
  const json = parseStoredManifest(bytes)
  const parsed = manifest.safeParse(json)
  if (parsed.success) return { facts: factsOf(parsed.data, bytes.length), annotations: parsed.data.annotations ?? null }
  const mediaType = z.looseObject({ mediaType: z.string() }).safeParse(json).data?.mediaType ?? mediaTypes.ociManifest
  return { facts: { mediaType, size: bytes.length, subject: null, artifactType: null }, annotations: null }
}

function factsOf(document: Manifest, size: number): ManifestFacts {
  return {
    mediaType: document.mediaType ?? inferMediaType(document),
    size,
    subject: document.subject?.digest ?? null,
    artifactType: document.artifactType ?? document.config?.mediaType ?? null,
  }
}

/** A docker manifest always names its type; without one it is OCI, which may leave it out, or the old schema 1. */
function inferMediaType(document: Manifest): string {
  if (document.schemaVersion === 1) {
    return document.signatures === undefined ? mediaTypes.schema1 : mediaTypes.schema1Signed
  }
  const isDocker = (blob: Descriptor | undefined) => blob?.mediaType?.startsWith('application/vnd.docker.') === true
  if (Array.isArray(document.manifests)) {
    return isDocker(document.manifests[0]) ? mediaTypes.dockerList : mediaTypes.ociIndex
  }
  return isDocker(document.config) ? mediaTypes.dockerManifest : mediaTypes.ociManifest
}

const indexes: readonly string[] = [mediaTypes.ociIndex, mediaTypes.dockerList]
const images: readonly string[] = [mediaTypes.ociManifest, mediaTypes.dockerManifest]

function checkMediaType(document: Manifest, mediaType: string, contentType: string | null): void {
  const sent = contentType?.split(';')[0]?.trim().toLowerCase() ?? null
  if (sent !== null && sent !== mediaType) {
    throw invalid(`the Content-Type ${sent} is not the manifest's media type ${mediaType}`)
  }
  if (!indexes.includes(mediaType) && !images.includes(mediaType)) {
    throw invalid(`manifests of the media type ${mediaType} are not accepted`)
  }
  // One text that clients could read as either kind: CVE-2021-41190.
  const hasImage = document.config !== undefined || Array.isArray(document.layers)
  if (hasImage && Array.isArray(document.manifests))
    throw invalid('a manifest has either manifests, or config and layers')
  // Go programs write null for an empty list.
  if (indexes.includes(mediaType) && document.manifests === undefined)
    throw invalid('an index needs a list of manifests')
  if (images.includes(mediaType) && (document.config === undefined || document.layers === undefined)) {
    throw invalid('an image manifest needs a config and a list of layers')
  }
}

/** A layer that is fetched from elsewhere (image-spec "Non-Distributable Layers"). */
const isForeign = (layer: Descriptor): boolean =>
  /\.foreign\.|\.nondistributable\./.test(layer.mediaType ?? '') && (layer.urls ?? []).length > 0

const invalid = (message: string) => new RequestError('manifest-invalid', { message })
