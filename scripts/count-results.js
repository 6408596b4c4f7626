// Adds up what the test runs counted and prints the line by which CI is judged: node count-results.js FAILED_STEPS FILE...
import { readFileSync } from 'node:fs'

const [failedSteps, ...files] = process.argv.slice(2)
let passed = 0
let failed = 0
let skipped = 0
for (const file of files) {
  let result
  try {
    result = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    console.log(`${file} has no results: ${error.message}`)
    failed += 1
    continue
  }
  passed += result.numPassedTests
  failed += result.numFailedTests
  skipped += result.numPendingTests + result.numTodoTests
  // A file that cannot be loaded has no tests to fail.
  if (result.numFailedTests === 0) failed += result.numFailedTestSuites
}
if (failed === 0) failed = Number(failedSteps)
if (skipped > 0) {
  console.log(`${skipped} skipped: CI has everything that the tests need, so none may be`)
  failed += skipped
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
