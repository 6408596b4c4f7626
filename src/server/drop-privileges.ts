/**
 * Decides whom the workers become where the primary is root, and lets a worker make sure that it has become it.
 * (decision P5)
 */
import { ProblemsFound } from '../errors/problem.js'

/** Whom a worker runs as: one user and one group, without any further groups. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** NAME, UID or UID:GID; the image sets it. Only root can become another user, so only root needs it. */
export const workerUserVariable = 'PORTCULLIS_WORKER_USER'

/** Tells a worker whom it has to be, as `UID:GID`. */
const confirmVariable = 'PORTCULLIS_WORKER_ACCOUNT'

export interface Circumstances {
  /** The value of PORTCULLIS_WORKER_USER. */
  readonly said: string | undefined
  /** As process.getuid() has it; undefined where the system knows no users. */
  readonly uid: number | undefined
  /** Reads /etc/passwd. */
  readonly passwd: () => string
}

/**
 * @returns null where workers stay what the primary is: nothing was said, it was `root`, or the primary is not root
 * @throws ProblemsFound where the value names nobody; a start that went on as root would be worse than none
 */
export function workerAccount({ said, uid, passwd }: Circumstances): Account | null {
  const value = said?.trim() ?? ''
  if (value === '' || uid !== 0) return null
  const pair = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(value)
  const users = pair?.[2] === undefined ? parsePasswd(passwd()) : []
  const user = users.find(each => (pair === null ? each.name === value : each.uid === Number(pair[1])))
  const account = pair?.[2] === undefined ? user : { uid: Number(pair[1]), gid: Number(pair[2]) }
  if (account === undefined) {
    const message = `there is no user "${value}" in /etc/passwd`
    throw new ProblemsFound([
      { where: workerUserVariable, message, hint: 'name one that is there, or write numbers: UID:GID' },
    ])
  }
  return account.uid === 0 ? null : { uid: account.uid, gid: account.gid }
}

/** passwd(5): name:password:uid:gid:... */
function parsePasswd(text: string): readonly (Account & { readonly name: string })[] {
  return text.split('\n').flatMap(line => {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** Added to the environment of a worker, for `confirmAccount`. */
export const confirmEnvironment = (account: Account | null): Readonly<Record<string, string>> =>
  account === null ? {} : { [confirmVariable]: `${account.uid}:${account.gid}` }

/** What of a process says who it is. */
export type Identity = Pick<NodeJS.Process, 'env' | 'getuid' | 'geteuid' | 'getgid' | 'getegid' | 'getgroups'>

/** @throws Error in a worker that is not what it was meant to become: it must not serve anything */
export function confirmAccount(self: Identity): void {
  const expected = self.env[confirmVariable]
  if (expected === undefined) return
  const [uid, gid] = expected.split(':').map(Number)
  const users = [self.getuid?.(), self.geteuid?.()]
  const groups = [self.getgid?.(), self.getegid?.(), ...(self.getgroups?.() ?? [])]
  if (users.some(each => each !== uid) || groups.some(each => each !== gid)) {
    throw new Error(`a worker should run as ${expected} and runs as user ${users} with groups ${groups}`)
  }
}

/** Why no worker could be started as that user: root without the right to become another user, as in some containers. */
export function cannotBecome({ uid, gid }: Account, error: unknown): ProblemsFound {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return new ProblemsFound([
    {
      where: workerUserVariable,
      message: `no worker can be started as ${uid}:${gid} (${code})`,
      hint: `add the capabilities SETUID and SETGID, or start everything as that user: docker run --user ${uid}:${gid}`,
    },
  ])
}
