/** What a worker does at the moment, in memory that its watchdog thread can read while the event loop stands still. */

/** Cells of the shared memory. A time is a number of heartbeats: how often the event loop had beaten when something began. */
const cell = { heartbeats: 0, serving: 1, requests: 2, oldest: 3, oldestSince: 4, last: 5, lastSince: 6 } as const

const methods: readonly string[] = ['another method', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Classes of paths and no paths: a report holds nothing that a client chose. */
const paths = [
  'another path',
  '/v2/',
  '/v2/_catalog',
  '/v2/NAME',
  '/v2/NAME/tags/list',
  '/v2/NAME/manifests/REFERENCE',
  '/v2/NAME/blobs/DIGEST',
  '/v2/NAME/blobs/uploads/ID',
  '/v2/NAME/referrers/DIGEST',
] as const

type PathClass = (typeof paths)[number]

/** A request under way. */
export interface Task {
  readonly code: number
  readonly since: number
}

export interface Activity {
  readonly memory: SharedArrayBuffer
  /** The event loop goes on. */
  beat(): void
  /** The worker has started, and requests come from now on. */
  serves(): void
  /** @param target of the request line */
  begin(method: string, target: string): Task
  /** Something is done for this request now. */
  touch(task: Task): void
  end(task: Task): void
}

/** The side of the event loop. A request costs it a few writes to memory. */
export function recordActivity(): Activity {
  const memory = new SharedArrayBuffer(Object.keys(cell).length * Int32Array.BYTES_PER_ELEMENT)
  const cells = new Int32Array(memory)
  const tasks = new Set<Task>()
  let oldest: Task | undefined
  const show = (code: number, since: number, task: Task | undefined) => {
    cells[code] = task?.code ?? 0
    cells[since] = task?.since ?? 0
  }
  const count = () => {
    cells[cell.requests] = tasks.size
    if (oldest !== undefined && tasks.has(oldest)) return
    ;[oldest] = tasks
    show(cell.oldest, cell.oldestSince, oldest)
  }
  const touch = (task: Task) => show(cell.last, cell.lastSince, task)
  return {
    memory,
    beat: () => void Atomics.add(cells, cell.heartbeats, 1),
    serves() {
      cells[cell.serving] = 1
    },
    begin(method, target) {
      const task = { code: codeOf(method, target), since: cells[cell.heartbeats] ?? 0 }
      tasks.add(task)
      count()
      touch(task)
      return task
    },
    touch,
    end(task) {
      tasks.delete(task)
      count()
    },
  }
}

export interface ActivityReader {
  readonly heartbeats: number
  readonly serving: boolean
  /**
   * `2 requests under way, the last one GET /v2/NAME/manifests/REFERENCE for 10 s, the oldest one ...`
   * @param sinceBeat seconds since the last heartbeat
   * @param perBeat seconds between heartbeats
   */
  describe(sinceBeat: number, perBeat: number): string
}

/** The side of the watchdog. */
export function readActivity(memory: SharedArrayBuffer): ActivityReader {
  const cells = new Int32Array(memory)
  const get = (index: number) => Atomics.load(cells, index)
  return {
    get heartbeats() {
      return get(cell.heartbeats)
    },
    get serving() {
      return get(cell.serving) === 1
    },
    describe(sinceBeat, perBeat) {
      if (get(cell.serving) === 0) return 'starting'
      const name = (code: number, since: number) => {
        const beats = get(cell.heartbeats) - get(since)
        return `${nameOf(get(code))} for ${Math.round(beats * perBeat + sinceBeat)} s`
      }
      const requests = get(cell.requests)
      if (requests === 0) return 'no request under way'
      const last = name(cell.last, cell.lastSince)
      const oldest = name(cell.oldest, cell.oldestSince)
      if (requests === 1) return `1 request under way: ${oldest}`
      return `${requests} requests under way, the last one ${last}, the oldest one ${oldest}`
    },
  }
}

function codeOf(method: string, target: string): number {
  return Math.max(0, methods.indexOf(method)) * paths.length + paths.indexOf(classOf(target))
}

const nameOf = (code: number) => `${methods[Math.floor(code / paths.length)]} ${paths[code % paths.length]}`

/** The segment before the last one decides, as in registry-api/operation.ts. */
function classOf(target: string): PathClass {
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  if (path === '/v2/' || path === '/v2') return '/v2/'
  if (path === '/v2/_catalog') return path
  if (!path.startsWith('/v2/')) return 'another path'
  const last = path.lastIndexOf('/')
  switch (path.slice(path.lastIndexOf('/', last - 1) + 1, last)) {
    case 'tags':
      return '/v2/NAME/tags/list'
    case 'manifests':
      return '/v2/NAME/manifests/REFERENCE'
    case 'blobs':
      return path.endsWith('/uploads') ? '/v2/NAME/blobs/uploads/ID' : '/v2/NAME/blobs/DIGEST'
    case 'uploads':
      return '/v2/NAME/blobs/uploads/ID'
    case 'referrers':
      return '/v2/NAME/referrers/DIGEST'
    default:
      return '/v2/NAME'
  }
}
