/** What the processes of a gate cost, from /proc: peak of resident memory, and what they wrote to disks. */
import { readFileSync, writeFileSync } from 'node:fs'

/** A process and its children. */
export function processesOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return [pid, ...children.split(' ').filter(Boolean).map(Number)]
}

const status = (pid: number, field: string) => {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1] ?? Number.NaN) * 1024
}

const sum = (pids: readonly number[], figure: (pid: number) => number) =>
  pids.reduce((all, pid) => all + figure(pid), 0)

/** Forgets the peak so far (proc(5), clear_refs 5). @returns bytes resident now, of all of them */
export function startOfPeak(pids: readonly number[]): number {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5')
  return sum(pids, pid => status(pid, 'VmRSS'))
}

/** The sum of their peaks since `startOfPeak`, in bytes: at least what they ever had together. */
export const peakMemory = (pids: readonly number[]): number => sum(pids, pid => status(pid, 'VmHWM'))

/** Bytes that they caused to be written to a disk (proc(5), write_bytes). */
export const writtenToDisk = (pids: readonly number[]): number =>
  sum(pids, pid => Number(/^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]))
