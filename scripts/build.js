// Compiles src to dist from a clean slate and makes the two executables executable.
import { execFileSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], { stdio: 'inherit' })
for (const file of ['dist/main.js', 'dist/create-certs.js']) chmodSync(file, 0o755)
