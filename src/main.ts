#!/usr/bin/env node
/** The executable `portcullis`. */
import { requireNode } from './cli/require-node.js'

requireNode()
const { runPortcullis } = await import('./cli/portcullis.js')
process.exitCode = await runPortcullis(process.argv)
