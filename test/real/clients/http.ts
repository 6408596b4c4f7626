/** The steps of a person with curl: what every answer of a gate has to carry. */
import { createHash } from 'node:crypto'
import { type Answer, type CurlOptions, curl, deleteManifest, header } from '../parts/curl.js'
import type { Gate } from '../parts/gates.js'
import type { Machine } from '../parts/machine.js'
import { client, mounted, type Step, same } from './client.js'

const layer = 'a layer of text'
const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const digest = (content: string) => `sha256:${createHash('sha256').update(content).digest('hex')}`
const descriptor = (mediaType: string, content: string) => ({
  mediaType,
  digest: digest(content),
  size: Buffer.byteLength(content),
})
const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: manifestType,
  config: descriptor('application/vnd.oci.image.config.v1+json', '{}'),
  layers: [descriptor('application/vnd.oci.image.layer.v1.tar', layer)],
})

function status(answer: Answer, expected: number): void {
  same('the status', `${answer.status} ${answer.status === expected ? '' : answer.body}`.trim(), String(expected))
}

/** A blob in two steps, as the distribution specification has it: POST, then PUT to the Location it names. */
async function upload(machine: Machine, gate: Gate, repository: string, content: string): Promise<void> {
  const started = await curl(machine, gate, `/v2/${repository}/blobs/uploads/`, { method: 'POST', body: '' })
  status(started, 202)
  const location = header(started, 'location')
  const own = `https://${gate.named}`
  if (!location.startsWith(`${own}/v2/`) && !location.startsWith('/v2/')) {
    throw new Error(`Location should lead back to ${own}, and is ${location}`)
  }
  const target = `${location}${location.includes('?') ? '&' : '?'}digest=${digest(content)}`
  const headers = { 'Content-Type': 'application/octet-stream' }
  const finished = await curl(machine, gate, target, { method: 'PUT', body: content, headers })
  status(finished, 201)
  same('Docker-Content-Digest', header(finished, 'docker-content-digest'), digest(content))
}

const steps: readonly Step<Machine>[] = [
  {
    name: '/v2/ without a user: 401, one challenge, the header of the API version',
    async run(machine, gate) {
      const answer = await curl(machine, gate, '/v2/', { user: null })
      status(answer, 401)
      const challenge = header(answer, 'www-authenticate')
      const realm = `https://${gate.named}/auth/token`
      if (gate.mode === 'token') same('the challenge', challenge, `Bearer realm="${realm}",service="portcullis"`)
      else if (!/^Basic realm="[^"]+"/.test(challenge)) throw new Error(`the challenge is ${challenge}`)
      same('the API version', header(answer, 'docker-distribution-api-version'), 'registry/2.0')
    },
  },
  {
    name: '/v2/ with a wrong password, or an unknown user: 401',
    does: ['wrong password'],
    async run(machine, gate) {
      for (const user of [`${gate.user.name}:wrong`, 'nobody:nothing', `${gate.user.name}:`]) {
        status(await curl(machine, gate, '/v2/', { user }), 401)
      }
    },
  },
  {
    name: '/v2/ with the password, or a token for it: 200, the header of the API version once',
    does: ['login'],
    async run(machine, gate) {
      const ways: CurlOptions[] = [{}]
      if (gate.mode === 'token') {
        const { token } = JSON.parse((await curl(machine, gate, '/auth/token?service=portcullis')).body)
        ways.push({ user: null, headers: { Authorization: `Bearer ${token}` } })
      }
      for (const way of ways) {
        const answer = await curl(machine, gate, '/v2/', way)
        status(answer, 200)
        same('the API version', header(answer, 'docker-distribution-api-version'), 'registry/2.0')
      }
    },
  },
  {
    name: 'upload blobs and a manifest by their Locations',
    does: ['push'],
    async run(machine, gate) {
      for (const content of [layer, '{}']) await upload(machine, gate, 'text/app', content)
      const headers = { 'Content-Type': manifestType }
      const path = '/v2/text/app/manifests/1.0'
      const answer = await curl(machine, gate, path, { method: 'PUT', body: manifest, headers })
      status(answer, 201)
      same('Docker-Content-Digest', header(answer, 'docker-content-digest'), digest(manifest))
    },
  },
  {
    name: 'HEAD and GET of manifest and blob: digest, length and type',
    does: ['pull'],
    async run(machine, gate) {
      for (const method of ['HEAD', 'GET'] as const) {
        const options = { method, headers: { Accept: manifestType } }
        const answer = await curl(machine, gate, '/v2/text/app/manifests/1.0', options)
        status(answer, 200)
        same('Content-Length', header(answer, 'content-length'), String(manifest.length))
        same('Content-Type', header(answer, 'content-type'), manifestType)
        same('Docker-Content-Digest', header(answer, 'docker-content-digest'), digest(manifest))
        same('the body', answer.body, method === 'HEAD' ? '' : manifest)
        const blob = await curl(machine, gate, `/v2/text/app/blobs/${digest(layer)}`, { method })
        status(blob, 200)
        same('Content-Length', header(blob, 'content-length'), String(layer.length))
        same('the blob', blob.body, method === 'HEAD' ? '' : layer)
      }
    },
  },
  {
    name: 'a part of a blob: 206',
    async run(machine, gate) {
      const headers = { Range: 'bytes=2-6' }
      const answer = await curl(machine, gate, `/v2/text/app/blobs/${digest(layer)}`, { headers })
      status(answer, 206)
      same('the part', answer.body, layer.slice(2, 7))
      same('Content-Range', header(answer, 'content-range'), `bytes 2-6/${layer.length}`)
    },
  },
  {
    name: 'a blob of another repository is mounted: 201',
    does: ['mount'],
    async run(machine, gate) {
      for (const content of [layer, '{}']) {
        const path = `/v2/text/zebra/blobs/uploads/?mount=${digest(content)}&from=text/app`
        const answer = await curl(machine, gate, path, { method: 'POST', body: '' })
        status(answer, 201)
        same('Docker-Content-Digest', header(answer, 'docker-content-digest'), digest(content))
      }
      await mounted(gate, 'text/zebra', 2)
    },
  },
  {
    name: '_catalog in pages, tags/list',
    does: ['catalog'],
    async run(machine, gate) {
      const headers = { 'Content-Type': manifestType }
      await curl(machine, gate, '/v2/text/zebra/manifests/1.0', { method: 'PUT', body: manifest, headers })
      const first = await curl(machine, gate, '/v2/_catalog?n=1')
      status(first, 200)
      same('the first page', first.body.trim(), '{"repositories":["text/app"]}')
      const next = /^<(\/v2\/_catalog\?[^>]+)>; rel="next"$/.exec(header(first, 'link'))?.[1] ?? 'missing'
      const second = await curl(machine, gate, next)
      same('the second page', second.body.trim(), '{"repositories":["text/zebra"]}')
      const tags = await curl(machine, gate, '/v2/text/app/tags/list')
      status(tags, 200)
      same('the tags', tags.body.trim(), '{"name":"text/app","tags":["1.0"]}')
    },
  },
  {
    name: 'what is unknown: 404 with a code',
    async run(machine, gate) {
      const cases = [
        ['/v2/text/app/manifests/none', 'MANIFEST_UNKNOWN'],
        [`/v2/text/app/blobs/${digest('other')}`, 'BLOB_UNKNOWN'],
        ['/v2/text/none/tags/list', 'NAME_UNKNOWN'],
      ] as const
      for (const [path, code] of cases) {
        const answer = await curl(machine, gate, path)
        status(answer, 404)
        if (!answer.body.includes(`"code":"${code}"`)) throw new Error(`${path} should be ${code}: ${answer.body}`)
      }
    },
  },
  {
    name: 'nothing is readable without the password, but for what everybody may pull',
    does: ['anonymous pull'],
    async run(machine, gate) {
      await upload(machine, gate, 'base/text', layer)
      const open = await curl(machine, gate, `/v2/base/text/blobs/${digest(layer)}`, { user: null })
      status(open, gate.anonymous ? 200 : 401)
      const paths = ['/v2/_catalog', '/v2/text/app/tags/list', '/v2/text/app/manifests/1.0']
      for (const path of [...paths, `/v2/text/app/blobs/${digest(layer)}`]) {
        const answer = await curl(machine, gate, path, { user: null })
        status(answer, 401)
        if (answer.body.includes('text/app"') || answer.body.includes(layer)) throw new Error(`leaked: ${answer.body}`)
      }
    },
  },
  {
    name: 'a path that is not in its canonical form: 400',
    async run(machine, gate) {
      for (const path of ['/v2/text%2Fapp/tags/list', '/%76%32/_catalog', '/v2/text/../_catalog', '/v2//_catalog']) {
        status(await curl(machine, gate, path), 400)
      }
    },
    fails: {
      nginx: { message: /is "200/, because: 'nginx sends %2F on as it is, and the registry decodes it' },
    },
  },
  {
    name: 'plain HTTP to the TLS port: 308 to the same address, for every method',
    async run(machine, gate) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT'] as const) {
        const path = '/v2/text/app/blobs/uploads/?mount=sha256%3Aabc&from=text%2Fzebra'
        const body = method === 'POST' || method === 'PUT' ? { body: 'x' } : {}
        const answer = await curl(machine, gate, path, { method, plain: true, user: null, ...body })
        status(answer, 308)
        same('Location', header(answer, 'location'), `https://${gate.named}${path}`)
        same('a challenge in plain HTTP', String(answer.headers.has('www-authenticate')), 'false')
      }
    },
  },
  {
    name: 'delete by digest: 202, then 404',
    does: ['delete'],
    async run(machine, gate) {
      await deleteManifest(machine, gate, 'text/app', '1.0')
      status(await curl(machine, gate, '/v2/text/app/manifests/1.0'), 404)
      status(await curl(machine, gate, '/v2/text/zebra/manifests/1.0', { headers: { Accept: manifestType } }), 200)
    },
  },
]

/** curl, or any script that speaks HTTP. */
export const http = client<Machine>({
  name: 'curl',
  needs: ['curl'],
  open: async machine => machine,
  steps,
})
