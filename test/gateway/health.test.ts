/** Which requests are probes, and which belong to the configuration. */
import { describe, expect, it } from 'vitest'
import { probeOf } from '../../src/gateway/health.js'
import { routeRequest } from '../../src/routes/route-request.js'
import { selectServer } from '../../src/routes/select-server.js'
import { createVariables } from '../../src/routes/variables.js'
import { compiled, viewOf } from '../routes/outcome.js'

function probe(locations: string, target: string, method = 'GET') {
  const listener = compiled(`server { listen 5000; location /v2/ { proxy_pass http://registry:5000; } ${locations} }`)
  const view = viewOf(method, target)
  const server = selectServer(listener, view.headers.host)
  return probeOf(view, server, routeRequest(server, view, createVariables(server, view)))
}

describe('a probe is', () => {
  it.each<[string, string, string]>([
    ['nothing else is configured', '', '/healthz'],
    ['everything else is refused', 'location / { return 404; }', '/healthz'],
    ['everything else is passed on', 'location / { proxy_pass http://ui:80; }', '/readyz'],
    ['everything else is files', 'location / { root /srv; }', '/readyz'],
    ['it has a query', '', '/readyz?verbose'],
  ])('answered by the gate where %s', (_title, locations, target) => {
    expect(probe(locations, target)).toBe(target.slice(1).split('?')[0])
  })

  it.each<[string, string]>([
    ['its own location answers', 'location = /healthz { return 200 "fine"; }'],
    ['its own location passes it on', 'location = /healthz { proxy_pass http://registry:5001; }'],
    ['a prefix of it is configured', 'location /health { return 204; }'],
    ['a pattern matches it', 'location ~ z$ { return 204; }'],
    ['the server answers everything by itself', 'return 301 https://$host$request_uri;'],
    ['the server moves it', 'rewrite ^/healthz$ /v2/ last;'],
  ])('left to the configuration where %s', (_title, locations) => {
    expect(probe(locations, '/healthz')).toBeNull()
  })

  it.each([
    ['GET', '/healthz/'],
    ['GET', '/healthzz'],
    ['GET', '/v2/healthz'],
    ['GET', '//healthz'],
    ['GET', '/Healthz'],
    ['GET', '/health%7a'],
  ])('not %s %s', (method, target) => {
    expect(probe('', target, method)).toBeNull()
  })

  it.each(['HEAD', 'OPTIONS', 'POST', 'DELETE'])('%s as well', method =>
    expect(probe('', '/readyz', method)).toBe('readyz'),
  )
})
