// Runs a command on a terminal and types an answer to each of its prompts: node answer.mjs COMMAND ANSWER...
import { spawn } from 'node:child_process'

const [command, ...answers] = process.argv.slice(2)
const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
let unanswered = ''
child.stdout.on('data', chunk => {
  process.stdout.write(chunk)
  unanswered += chunk
  // What is typed before a prompt may be thrown away by whoever switches the echo off.
  if (answers.length === 0 || !/(?:password|again)[^\n]*: ?$/i.test(unanswered)) return
  unanswered = ''
  child.stdin.write(`${answers.shift()}\n`)
})
child.once('close', code => {
  process.exitCode = code ?? 1
})
