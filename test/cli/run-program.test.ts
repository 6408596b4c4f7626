/** Every way in which a command line can end. */
import { Command } from 'commander'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Terminal } from '../../src/cli/output.js'
import { nodeProblem } from '../../src/cli/require-node.js'
import { AnswerIsNo, runProgram } from '../../src/cli/run-program.js'
import { ProblemsFound } from '../../src/errors/problem.js'

afterEach(() => vi.unstubAllEnvs())

interface Ending {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function ending(args: string[], action: () => unknown = () => {}): Promise<Ending> {
  let [out, err] = ['', '']
  const terminal: Terminal = {
    out: text => {
      out += text
    },
    err: text => {
      err += text
    },
    outColour: false,
    errColour: false,
  }
  const program = new Command('portcullis').version('1.2.3')
  program
    .command('users')
    .addCommand(new Command('verify').option('--htpasswd <file>').action(async () => void (await action())))
  return { code: await runProgram(program, ['node', 'portcullis', ...args], terminal), out, err }
}

describe('a command line ends with', () => {
  it.each([
    ['users verify', 0],
    ['--help', 0],
    ['help users', 0],
    ['users verify --help', 0],
    ['--version', 0],
    ['users', 2],
    ['', 2],
    ['usres', 2],
    ['users verify --htpaswd x', 2],
    ['users verify --htpasswd', 2],
    ['users verify too much', 2],
  ])('portcullis %s -> %i', async (line, code) => {
    const ended = await ending(line.split(' ').filter(word => word !== ''))
    expect(ended.code).toBe(code)
    expect(ended.err === '').toBe(code === 0)
  })

  it('1 and every problem', async () => {
    const problems = [
      { where: 'a:1', message: 'is wrong' },
      { where: 'b:2', message: 'is wrong too' },
    ]
    const ended = await ending(['users', 'verify'], () => Promise.reject(new ProblemsFound(problems)))
    expect(ended).toEqual({ code: 1, out: '', err: 'error: a:1: is wrong\nerror: b:2: is wrong too\n' })
  })

  it('1 and nothing more where the answer is no', async () => {
    const ended = await ending(['users', 'verify'], () => Promise.reject(new AnswerIsNo()))
    expect(ended).toEqual({ code: 1, out: '', err: '' })
  })

  it('70 and a request to report where the fault is ours', async () => {
    const ended = await ending(['users', 'verify'], () => Promise.reject(new TypeError('x is undefined')))
    expect(ended.code).toBe(70)
    expect(ended.err).toMatch(/^error: x is undefined\nhint: {2}.*please report/)
    expect(ended.err).not.toMatch(/^ +at /m)
  })

  it('70 and the stack where PORTCULLIS_DEBUG asks for it', async () => {
    vi.stubEnv('PORTCULLIS_DEBUG', '1')
    const ended = await ending(['users', 'verify'], () => Promise.reject(new TypeError('x is undefined')))
    expect(ended.code).toBe(70)
    expect(ended.err).toMatch(/^ +at /m)
  })
})

describe('Node', () => {
  it.each(['20.19.2', '20.20.2', '22.0.0', '24.11.1', '100.0.0'])('%s is new enough', version => {
    expect(nodeProblem(version)).toBeNull()
  })

  it.each(['20.18.3', '18.20.0', '9.11.2', '16.20.2'])('%s is too old', version => {
    expect(nodeProblem(version)).toBe(
      `error: this is Node ${version}, and Portcullis needs Node 20.19.2 or later
hint:  install a current Node (https://nodejs.org), then run the command again
`,
    )
  })
})
