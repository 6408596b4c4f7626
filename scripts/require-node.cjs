// Says in one sentence, on any Node from version 4 on, that this program needs a newer one.
'use strict'
// The HTTP parser of 20.19.0 and 20.19.1 ends a request header early (CVE-2025-23167).
var needed = [20, 19, 2]
var found = process.versions.node.split('.').map(Number)
var first = [0, 1, 2].filter(index => found[index] !== needed[index])[0]
if (first !== undefined && found[first] < needed[first]) {
  console.error(
    'error: this is Node ' + process.versions.node + ', and Portcullis needs Node ' + needed.join('.') + ' or later',
  )
  console.error(
    'hint:  install a current Node (https://nodejs.org, or your system\'s package "nodejs"), then run the command again',
  )
  process.exit(1)
}
