/** Sizes, times and switches, as nginx writes them. */

const sizeUnits = new Map([
  ['', 1],
  ['k', 1024],
  ['m', 1024 ** 2],
  ['g', 1024 ** 3],
])

/** `10G`, `512k`, `0` in bytes (ngx_parse_offset); null for anything else, such as `1gb`. */
export function parseSize(text: string): number | null {
  const found = /^(\d+)([kmg]?)$/i.exec(text)
  if (found === null) return null
  const bytes = Number(found[1]) * (sizeUnits.get((found[2] ?? '').toLowerCase()) ?? 1)
  return Number.isSafeInteger(bytes) ? bytes : null
}

const timePattern =
  /^(?:(\d+)y *)?(?:(\d+)M *)?(?:(\d+)w *)?(?:(\d+)d *)?(?:(\d+)h *)?(?:(\d+)m(?!s) *)?(?:(\d+)s *)?(?:(\d+)ms *)?(\d+)?$/
const timeUnitsMs = [
  365 * 86_400_000,
  30 * 86_400_000,
  7 * 86_400_000,
  86_400_000,
  3_600_000,
  60_000,
  1000,
  1,
  1000,
] as const

/** `900` (seconds), `5m`, `1h30m`, `250ms` in milliseconds (ngx_parse_time); null for anything else. */
export function parseTime(text: string): number | null {
  const found = timePattern.exec(text)
  if (found === null || text === '') return null
  const total = timeUnitsMs.reduce((sum, unit, index) => sum + Number(found[index + 1] ?? 0) * unit, 0)
  return Number.isSafeInteger(total) ? total : null
}

/** `on` and `off` in any case; null for anything else, such as `yes`. */
export function parseFlag(text: string): boolean | null {
  const lower = text.toLowerCase()
  if (lower === 'on') return true
  return lower === 'off' ? false : null
}
