/** Takes what may be a name and a password out of an address that stands in a message. */

/** `http://robot:secret@host` becomes `http://***@host`, also where it was mistyped. */
export const redacted = (address: string): string => address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@')
