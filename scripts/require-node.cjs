// Says in one sentence, on any Node from version 4 on, that this program needs a newer one.
'use strict'
var needed = [20, 19]
var found = process.versions.node.split('.').map(Number)
if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error(
    'error: this is Node ' + process.versions.node + ', and Portcullis needs Node ' + needed.join('.') + ' or later',
  )
  console.error(
    'hint:  install a current Node (https://nodejs.org, or your system\'s package "nodejs"), then run the command again',
  )
  process.exit(1)
}
