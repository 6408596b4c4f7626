// @ts-check
/** Says on stderr what is being done: a line per step, and on a terminal a bar that shows how much is left. */

/**
 * @typedef {object} Progress
 * @property {(text: string) => void} say a line that stays
 * @property {(steps: number) => void} expect so many counted steps will come
 * @property {(text: string) => void} step the next of the counted steps begins
 * @property {() => void} end
 */

/**
 * @param {number} steps how many there will be
 * @param {number} done
 */
const bar = (steps, done) => {
  const width = 24
  const full = Math.round((Math.min(done, steps) / Math.max(steps, 1)) * width)
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done}/${steps}`
}

/**
 * @param {NodeJS.WriteStream} stream
 * @returns {Progress}
 */
export const showProgress = stream => {
  const start = performance.now()
  let steps = 0
  let done = 0
  const clear = stream.isTTY ? '\r\x1b[K' : ''
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`.padStart(6)
  let current = ''
  const draw = () => {
    // A line that wraps could not be drawn over.
    if (stream.isTTY && steps > 0)
      stream.write(`${clear}${bar(steps, done)} ${current}`.slice(0, stream.columns + clear.length - 1))
  }
  const say = (/** @type {string} */ text) => {
    stream.write(`${clear}${seconds()}  ${text}\n`)
    draw()
  }
  return {
    say,
    expect: count => {
      steps = count
    },
    step: text => {
      current = text
      if (!stream.isTTY) say(`${done + 1}/${steps} ${text}`)
      draw()
      done += 1
    },
    end: () => stream.write(clear),
  }
}
