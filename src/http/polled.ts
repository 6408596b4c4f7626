/** Lets the event loop look at all sockets once: what has arrived in the meantime is known then (decision R19). */

/** Between two immediates there is a whole poll. */
export const polled = () => new Promise<void>(resolve => setImmediate(() => setImmediate(resolve)))
