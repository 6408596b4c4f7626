/** How a worker's own Node is started: with more room before V8 looks through its whole heap. (decision P8) */

/**
 * MiB. What a transfer passes on comes as many buffers beside the heap. To V8 they are growth, and after every few MiB of growth it marks
 * all of a heap that is as small as a worker's: half of the processor that a pull took. With this room the collections of young objects,
 * which cost next to nothing, are in time to free the buffers. It is a limit and no reservation, and V8 takes less where memory is short.
 */
const roomBeforeMarking = 80

/** For `execArgv` of fork. @param own the flags of the primary, which win */
export function workerFlags(own: readonly string[]): string[] {
  return [`--initial-old-space-size=${roomBeforeMarking}`, ...own]
}
