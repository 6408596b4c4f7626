/** The registry as its operator sees it, past every gate: what is in it, and what an attack has changed. */
import { createHash } from 'node:crypto'
import { type Answer, call } from '../../embedded-registry/serve-registry.js'

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json'
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`

export interface Image {
  /** Digest and text of its manifest, and the digest of its layer. */
  readonly digest: string
  readonly text: string
  readonly blob: string
}

export interface Store {
  has(repository: string, kind: 'manifests' | 'blobs', reference: string): Promise<boolean>
  push(repository: string, tag: string, content: string): Promise<Image>
  /** @returns path and query of an upload that has begun. */
  startUpload(repository: string): Promise<string>
  removeBlob(repository: string, digest: string): Promise<void>
}

/** @param port of a registry that asks nobody, by plain HTTP */
export function storeAt(port: number): Store {
  const expectStatus = async (status: number, method: string, path: string, options = {}): Promise<Answer> => {
    const answer = await call(port, method, path, options)
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer
  }
  const startUpload = async (repository: string) => {
    const { headers } = await expectStatus(202, 'POST', `/v2/${repository}/blobs/uploads/`)
    const url = new URL(headers.location ?? '', 'http://registry')
    return `${url.pathname}${url.search}`
  }
  const pushBlob = async (repository: string, content: string) => {
    const upload = await startUpload(repository)
    const digest = digestOf(content)
    await expectStatus(201, 'PUT', `${upload}${upload.includes('?') ? '&' : '?'}digest=${digest}`, { body: content })
    return { digest, size: content.length }
  }
  return {
    startUpload,
    async has(repository, kind, reference) {
      const accept = { headers: { Accept: manifestType } }
      return (await call(port, 'HEAD', `/v2/${repository}/${kind}/${reference}`, accept)).status === 200
    },
    async push(repository, tag, content) {
      const config = await pushBlob(repository, `{"created":"${content}"}`)
      const layer = await pushBlob(repository, content)
      const text = JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
        layers: [{ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...layer }],
      })
      const put = { body: text, headers: { 'Content-Type': manifestType } }
      await expectStatus(201, 'PUT', `/v2/${repository}/manifests/${tag}`, put)
      return { digest: digestOf(text), text, blob: layer.digest }
    },
    async removeBlob(repository, digest) {
      await expectStatus(202, 'DELETE', `/v2/${repository}/blobs/${digest}`)
    },
  }
}
