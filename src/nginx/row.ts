/** The form of the table of directives: where each may stand, what follows its name, and what becomes of it. */

import type { Own } from './compile/route.js'
import type { Where } from './language/directive.js'
import type { NginxReading } from './reading.js'

/** The block that a directive stands in; an `if` is another one within `server` than within `location`. */
export type Context = 'main' | 'events' | 'http' | 'upstream' | 'server' | 'server-if' | 'location' | 'location-if'

/** A directive that stands where it may, with as many words as it may have. */
export interface Setting {
  readonly name: string
  readonly args: readonly string[]
  readonly where: Where
  /** `nginx.conf:14` */
  readonly at: string
}

export type Decision =
  /** It changes what a block passes on; `apply` also checks the words. */
  | { readonly kind: 'inherited'; readonly apply: (own: Own, setting: Setting, reading: NginxReading) => void }
  /** It is part of what makes a server or a location, and compiled together with it. */
  | { readonly kind: 'structure' }
  /** It changes nothing here; `why` also checks the words, and gives null where there is nothing to say. */
  | { readonly kind: 'ignored'; readonly why: (setting: Setting, reading: NginxReading) => string | null }

export interface Row {
  readonly name: string
  readonly contexts: readonly Context[]
  /** The fewest and the most words after the name. */
  readonly args: readonly [number, number]
  readonly block: boolean
  /** `once`: a second one in the same block is a mistake. */
  readonly repeat: 'once' | 'many'
  readonly decision: Decision
}
