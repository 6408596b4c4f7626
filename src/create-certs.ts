#!/usr/bin/env node
/** The executable `create-certs`: the same as `portcullis certs create`. */
import { requireNode } from './cli/require-node.js'

requireNode()
const { createCertsProgram } = await import('./cli/certs.js')
const { runProgram } = await import('./cli/run-program.js')
process.exitCode = await runProgram(createCertsProgram(), process.argv)
