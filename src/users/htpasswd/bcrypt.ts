/** bcrypt, the hash that `htpasswd -B` writes: $2y$, and its equals $2a$ and $2b$. */
import { compareSync } from 'bcryptjs'
import { type HashFormat, tooSlow } from './hash-format.js'

const complete = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/

/** The cost is the power of two of the rounds: 10 takes some 60 ms, 19 half a minute. */
const costLimit = 19

export const bcrypt: HashFormat = {
  name: 'bcrypt',
  begins: /^\$2[aby]\$/,
  fault(hash) {
    const cost = complete.exec(hash)?.[1]
    if (cost === undefined) return 'is not a complete bcrypt hash (60 characters)'
    if (Number(cost) < 4 || Number(cost) > 31) return 'names a bcrypt cost outside 04 to 31'
    return Number(cost) > costLimit ? tooSlow : null
  },
  matches: (password, hash) => compareSync(password, hash),
  decoy: hash => `$2y$${hash.slice(4, 6)}$${'.'.repeat(53)}`,
}
