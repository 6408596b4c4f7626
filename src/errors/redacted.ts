/** Removes credentials from an address before it appears in a message. */

/** Turns `http://robot:secret@host` into `http://***@host`, even if the address is malformed. */
export const redacted = (address: string): string => address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@')
