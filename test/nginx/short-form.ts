/** A compiled configuration in short words, for golden files. */
import type { Listener, Location, Route, Step, Template, VirtualServer } from '../../src/routes/model.js'

export function shortForm(listeners: readonly Listener[]): string {
  return listeners.flatMap(listenerLines).join('\n')
}

function listenerLines({ host, port, tls, servers }: Listener): string[] {
  return [`${tls ? 'tls' : 'plain'} ${host}:${port}`, ...servers.flatMap(serverLines)]
}

function serverLines(server: VirtualServer): string[] {
  const names = server.names.map(name =>
    name.kind === 'regex' ? `~${name.pattern.source}` : `${name.kind} ${name.name}`,
  )
  const tls = server.tls
  return [
    `  server ${names.join(', ') || 'without a name'}`,
    ...(tls?.certificates.map(pair => `    certificate ${pair.cert} key ${pair.key} (${pair.where})`) ?? []),
    ...(tls === null
      ? []
      : [
          `    ${tls.minVersion} or higher, ciphers ${tls.ciphers ?? 'standard'}, ${tls.preferServerCiphers ? 'ours' : 'theirs'} first`,
        ]),
    ...server.maps.map(
      map =>
        `    map ${text(map.source)} to $${map.variable}: ${[...map.exact.map(each => `"${each.key}" = ${text(each.value)}`), ...map.patterns.map(each => `~${each.pattern.source} = ${text(each.value)}`), `otherwise ${text(map.fallback)}`].join(', ')}`,
    ),
    ...server.upstreams.map(
      upstream =>
        `    upstream ${upstream.name}: ${upstream.servers.map(each => `${each.address} x${each.weight} ${each.role}`).join(', ')}`,
    ),
    ...stepLines(server.steps, '    '),
    ...routeLines(server.route, '    '),
    ...server.locations.flatMap(location => locationLines(location, '    ')),
  ]
}

function locationLines({ match, steps, route, locations }: Location, indent: string): string[] {
  const what =
    match.kind === 'regex'
      ? `${match.pattern.ignoreCase ? '~*' : '~'} ${match.pattern.source}`
      : `${match.kind} ${match.path}`
  const inner = `${indent}  `
  return [
    `${indent}location ${what}`,
    ...stepLines(steps, inner),
    ...routeLines(route, inner),
    ...locations.flatMap(location => locationLines(location, inner)),
  ]
}

function stepLines(steps: readonly Step[], indent: string): string[] {
  return steps.flatMap(step => oneStepLines(step, indent))
}

function oneStepLines(step: Step, indent: string): string[] {
  switch (step.kind) {
    case 'set':
      return [`${indent}set $${step.variable} ${text(step.value)}`]
    case 'return':
      return [`${indent}return ${step.status}${step.text === null ? '' : ` ${text(step.text)}`}`]
    case 'rewrite':
      return [`${indent}rewrite ${step.pattern.source} to ${text(step.replacement)} (${step.flag})`]
    case 'break':
      return [`${indent}break`]
    case 'if': {
      const { condition } = step
      const not = condition.kind !== 'set' && condition.negated ? 'not ' : ''
      const test =
        condition.kind === 'set'
          ? 'is set'
          : condition.kind === 'equals'
            ? `${not}= ${text(condition.value)}`
            : `${not}~ ${condition.pattern.source}`
      const inner = `${indent}  `
      return [
        `${indent}if $${condition.variable} ${test}`,
        ...stepLines(step.steps, inner),
        ...(step.route === null ? [] : routeLines(step.route, inner)),
      ]
    }
  }
}

function routeLines(route: Route, indent: string): string[] {
  const { authentication, content, maxBodyBytes, idleMs } = route
  const serves =
    content.kind === 'forward'
      ? `forward to ${text(content.backend)}${content.path === null ? '' : `, ${content.path.matchedPrefix} becomes ${text(content.path.replacement)}`}`
      : content.kind === 'files'
        ? `files under ${content.root}${content.index.join() === 'index.html' ? '' : `, of folders ${content.index.join(' or ')}`}`
        : content.kind
  const asks =
    authentication === null
      ? 'asks nobody'
      : `asks "${text(authentication.realm)}" of ${authentication.usersFile} (${authentication.where})`
  const body = maxBodyBytes === null ? 'any body' : `body up to ${maxBodyBytes}`
  return [
    `${indent}${serves}; ${asks}; ${body}; ${idleMs.read}/${idleMs.send} ms${route.accessLog ? '' : '; not logged'}`,
    ...route.backendHeaders.map(each => `${indent}to the backend: ${each.name}: ${text(each.value)}`),
    ...route.responseHeaders.map(
      each => `${indent}to the client: ${each.name}: ${text(each.value)}${each.always ? ' (always)' : ''}`,
    ),
    ...route.errorPages.map(
      each => `${indent}page for ${each.statuses.join(' ')}: ${text(each.target)} as ${each.answer ?? 'it is'}`,
    ),
  ]
}

function text(template: Template): string {
  return template.map(part => (typeof part === 'string' ? part : `\${${part.variable}}`)).join('') || "''"
}
