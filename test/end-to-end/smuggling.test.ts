/** Request smuggling: mutated framing, and framing hidden behind many header lines. */
import { describe } from 'vitest'
import { gateBeforeBackend } from './parts/gate-before-backend.js'
import { describeHiddenRequests } from './parts/hidden-requests.js'
import { describeSmugglingForms } from './parts/smuggling.js'

const stage = gateBeforeBackend()

describe('mutated Transfer-Encoding and Content-Length', () => describeSmugglingForms(stage))
describe('a request hidden behind many header lines', () => describeHiddenRequests(stage))
