/** What a person sees who opens the registry in a browser: what this is, the certificate to trust, and the commands for each client. */
import { createHash } from 'node:crypto'
import type { TrustAnchor } from '../../certificates/anchor.js'
import { type RegistryAddress, readRegistryAddress } from '../../certificates/registry-address.js'
import { type TrustGuide, trustGuides } from '../../certificates/trust.js'
import { day } from '../../certificates/warnings.js'
import { RequestError } from '../../errors/request-error.js'
import type { HeaderLine } from '../../http/header-line.js'
import type { Content, RequestView } from '../../routes/model.js'
import { answerToOptions, readMethods } from '../own-methods.js'
import { type OwnAnswer, respond } from '../respond.js'
import { type Answerer, alwaysReady } from './answerer.js'
import { icon, style } from './page-style.js'

/** Where the certificate is downloaded; a location of its own in settings/one-route.ts. */
const certificatePath = '/portcullis/ca.pem'
/** Under this name it is saved, and it stands in the commands: Windows and Debian want `.crt`. */
const savedAs = 'portcullis-ca.crt'

export const welcomePage: Answerer<Extract<Content, { kind: 'welcome-page' }>> = {
  answer: (gateway, { request, response }, { view, server }) =>
    respond(request, response, welcomeAnswer(view, gateway.anchorOf(server))),
  ready: alwaysReady,
}

export const trustCertificate: Answerer<Extract<Content, { kind: 'trust-certificate' }>> = {
  answer: (gateway, { request, response }, { view, server }) =>
    respond(request, response, certificateAnswer(view, gateway.anchorOf(server))),
  ready: alwaysReady,
}

/** Pure; says nothing about repositories, users or versions. Throws RequestError 405 for anything but GET, HEAD and OPTIONS. */
export function welcomeAnswer(view: RequestView, anchor: TrustAnchor | null): OwnAnswer {
  const options = answerToOptions(view.method, readMethods)
  if (options !== null) return options
  const registry = registryOf(view)
  return {
    status: 200,
    headers: [{ name: 'Content-Type', value: 'text/html; charset=utf-8' }, ...safety],
    body: page(registry, anchor),
  }
}

/** The certificate as a download. Throws RequestError 404 where there is none to give, 405 for anything but GET, HEAD and OPTIONS. */
export function certificateAnswer(view: RequestView, anchor: TrustAnchor | null): OwnAnswer {
  if (anchor === null) throw new RequestError('not-found')
  const options = answerToOptions(view.method, readMethods)
  if (options !== null) return options
  return {
    status: 200,
    headers: [
      { name: 'Content-Type', value: 'application/x-pem-file' },
      { name: 'Content-Disposition', value: `attachment; filename="${savedAs}"` },
      ...safety,
    ],
    body: anchor.pem,
  }
}

/** The page or the certificate, for a request over TLS to a path that nothing else serves; otherwise null. */
export function pageWhereNothingIs(view: RequestView, path: string, anchor: TrustAnchor | null): OwnAnswer | null {
  if (view.scheme !== 'https') return null
  if (path === '/') return welcomeAnswer(view, anchor)
  return path === certificatePath ? certificateAnswer(view, anchor) : null
}

/** No scripts, nothing from elsewhere, no frames; the one style sheet is named by its digest (CSP 3, 2.3.1). */
const safety: readonly HeaderLine[] = [
  {
    name: 'Content-Security-Policy',
    value: [
      "default-src 'none'",
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  },
  { name: 'X-Content-Type-Options', value: 'nosniff' },
  { name: 'Referrer-Policy', value: 'no-referrer' },
  { name: 'Cache-Control', value: 'no-store' },
]

/** As the browser named it: the names of images begin with the same. What could not be a name is replaced, as it comes into commands. */
function registryOf({ headers, serverPort }: RequestView): RegistryAddress {
  const read = readRegistryAddress(headers.host ?? '', 443)
  if (read.kind === 'address') return read.address
  return { host: 'registry.local', name: `registry.local:${serverPort}` }
}

function page(registry: RegistryAddress, anchor: TrustAnchor | null): string {
  const name = escaped(registry.name)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${name}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(icon)}">
<style>${style}</style>
</head>
<body>
<header>
${icon}
<h1>${name}</h1>
<p>A private registry of container images. There is nothing to look at here: it is used with Docker, Podman and other programs.</p>
</header>
<main>
${anchor === null ? signedElsewhere : trust(registry, anchor)}
<section>
<h2>${anchor === null ? '' : '3. '}Log in</h2>
${code([`docker login ${registry.name}`])}
<p>Podman, Skopeo and others do the same with <code>podman login</code> and so on. Whoever runs this registry gives you a name and a password.</p>
</section>
</main>
</body>
</html>
`
}

const signedElsewhere = `<section>
<h2>Its certificate</h2>
<p>It is signed by an authority. Where your programs know that authority, there is nothing to do; where they do not, ask the operator of this registry for the certificate of that authority.</p>
</section>`

function trust(registry: RegistryAddress, anchor: TrustAnchor): string {
  const renewal =
    anchor.kind === 'authority'
      ? 'It stays the same when the registry renews its own certificate.'
      : 'When the registry renews its certificate, the new one has to be installed again.'
  const guides = trustGuides({ registries: [registry], file: savedAs })
  return `<section>
<h2>1. Get its certificate</h2>
<p><a class="button" href="${certificatePath}" download="${savedAs}">Download ${savedAs}</a></p>
<p>or, in a shell:</p>
${code([
  `curl -fsSk -o ${savedAs} https://${registry.name}${certificatePath}`,
  `openssl x509 -noout -fingerprint -sha256 -in ${savedAs}`,
])}
<dl>
<dt>SHA-256 fingerprint</dt>
<dd><code>${fingerprint(anchor.fingerprint256)}</code></dd>
<dt>Valid until</dt>
<dd>${day(anchor.validUntil)}. ${renewal}</dd>
</dl>
<p><strong>Compare the fingerprint</strong> with the one that you have from the operator of this registry; there, <code>portcullis certs trust</code> prints it. Without that, this page proves nothing: an attacker in between could have sent it.</p>
</section>
<section>
<h2>2. Trust it</h2>
<p>Once on each machine, in the folder that holds ${savedAs}.</p>
${guides.map((guide, index) => section(guide, index === 0)).join('\n')}
</section>`
}

/** In two halves that each stay on a line where it is wide enough. */
function fingerprint(text: string): string {
  const half = Math.ceil(text.length / 2)
  return `${text.slice(0, half)}<wbr>${text.slice(half)}`
}

function section({ title, steps }: TrustGuide, open: boolean): string {
  const parts = steps.map(
    ({ say, lines }) => `${say === '' ? '' : `<p>${escaped(say)}</p>`}${lines.length === 0 ? '' : code(lines)}`,
  )
  return `<details${open ? ' open' : ''}>
<summary>${escaped(title)}</summary>
${parts.join('\n')}
</details>`
}

function code(lines: readonly string[]): string {
  return `<pre><code>${escaped(lines.join('\n'))}</code></pre>`
}

function escaped(text: string): string {
  const entities = new Map([
    ['&', '&amp;'],
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['"', '&quot;'],
    ["'", '&#39;'],
  ])
  return text.replace(/[&<>"']/g, character => entities.get(character) ?? '')
}
