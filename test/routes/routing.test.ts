/** Which location answers a request, and what the backend is asked for; the same table is held against a real nginx elsewhere. */
import { describe, expect, it } from 'vitest'
import { compiled, outcomeOf } from './outcome.js'
import { layoutFile, layouts } from './routing-cases.js'

describe.each(layouts)('the layout "$name"', layout => {
  const listener = compiled(layoutFile(layout, 5000, '127.0.0.1:5001'))

  it.each(layout.cases)('$method $target -> $outcome', ({ method, target, outcome }) => {
    expect(outcomeOf(listener, method, target)).toBe(outcome)
  })
})
