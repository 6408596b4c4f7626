/** Sends every smuggling form to a gate: whatever is done to the framing of a request, the backend sees one framed request or none. */
import { expect, it } from 'vitest'
import { authorization } from './gate.js'
import type { Stage } from './gate-before-backend.js'
import { type Answer, connectRaw } from './raw-client.js'
import { inParallel } from './settle.js'
import { type SmugglingForm, smugglingForms } from './smuggling-forms.js'

/** Every form is answered: one that announces more than it sends has another fault besides. */
async function send(port: number, { lines, body }: SmugglingForm, index: number): Promise<readonly Answer[]> {
  const client = await connectRaw(port)
  const head = ['Connection: close', 'Host: localhost', `Authorization: ${authorization}`]
  client.send(`PUT /v2/form${index}/manifests/latest HTTP/1.1\r\n${head.join('\r\n')}\r\n${lines}\r\n\r\n${body}`)
  await client.until(() => client.answers().some(answer => answer.complete), 15_000)
  client.destroy()
  return client.answers()
}

/** Tests of the forms before one gate. */
export function describeSmugglingForms(stage: Stage): void {
  const forms = smugglingForms()

  it('are more than 700 different forms', () => {
    expect(new Set(forms.map(form => form.name)).size).toBe(forms.length)
    expect(forms.length).toBeGreaterThan(700)
  })

  it('smuggle nothing, and are refused unless they are plain', async () => {
    const answers = await inParallel(forms, 8, (form, index) => send(stage.gate.port, form, index))
    const { backend } = stage
    expect(backend.violations).toEqual([])
    expect(backend.requests.map(request => request.target).filter(target => target.includes('smuggled'))).toEqual([])
    const wrong: string[] = []
    const statuses = new Map<string, number>()
    forms.forEach((form, index) => {
      const got = answers[index] ?? []
      // Of a body that breaks in its middle the backend may have the beginning, but never a whole request.
      const seen = backend.requests.filter(
        request => request.complete && request.target === `/v2/form${index}/manifests/latest`,
      )
      const body = Buffer.concat(seen.flatMap(request => request.body)).toString('latin1')
      const outcome = `${got.map(answer => answer.status).join(' ')} ${seen.length === 0 ? 'refused' : `forwarded ${JSON.stringify(body)}`}`
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1)
      if (outcome !== '400 refused' && !(form.plain && outcome === '200 forwarded "hello"'))
        wrong.push(`${form.name} -> ${outcome}`)
    })
    process.stdout.write(
      `smuggling: ${forms.length} forms, ${[...statuses].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}\n`,
    )
    expect(wrong).toEqual([])
  }, 60_000)
}
