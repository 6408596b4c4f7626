/** Passes a stream on to another one with back-pressure, and tells all the time which of the two is waited for. */
import type { Readable, Writable } from 'node:stream'

export interface Relay {
  /** Looks at a chunk before it is passed on; with false it is dropped. */
  readonly accepts: (chunk: Buffer) => boolean
  /** Called with each step: the source has nothing more at the moment, or the destination has no room. */
  readonly onWaiting: (side: 'source' | 'destination') => void
  /** The source has ended, and all of it is with the destination, which is not ended. */
  readonly onEnd: () => void
}

/** @returns ends the relay: what the source still gives is dropped */
export function relay(source: Readable, destination: Writable, { accepts, onWaiting, onEnd }: Relay): () => void {
  const take = (chunk: Buffer) => {
    if (!accepts(chunk) || destination.destroyed) return
    if (destination.write(chunk)) return onWaiting('source')
    source.pause()
    onWaiting('destination')
  }
  const goOn = () => {
    source.resume()
    onWaiting('source')
  }
  const end = () => {
    stop()
    onEnd()
  }
  const stop = () => {
    source.off('data', take)
    source.off('end', end)
    destination.off('drain', goOn)
    source.resume()
  }
  source.on('data', take)
  source.once('end', end)
  destination.on('drain', goOn)
  onWaiting('source')
  return stop
}
