/** Watches over the files with users and certificates that are in force. */
import type { Problem } from '../../errors/problem.js'
import type { Events } from '../../observe/events.js'
import type { Settings } from '../../settings/settings.js'
import type { Users } from '../../users/htpasswd/users.js'
import { type UsersWatch, watchUsers } from '../../users/htpasswd/watch.js'
import { certificateFilesOf, type LoadedFiles, type PairText, pairName } from '../serving-state.js'
import { watchCertificate } from './watch-certificates.js'

export interface FileChanges {
  /** @param problems of lines that cannot be used */
  usersChanged(users: Users, problems: readonly Problem[]): void
  /** @param name of the pair (serving-state.ts) @param file with the certificate */
  certificateChanged(name: string, file: string, pair: PairText, warnings: readonly Problem[]): void
}

export interface WatchedFiles {
  /** By the path of the file. */
  readonly users: ReadonlyMap<string, UsersWatch>
  readonly certificates: readonly { close(): void }[]
}

/** @param files what was read of them for `settings` */
export function watchFiles(
  { listeners }: Pick<Settings, 'listeners'>,
  files: LoadedFiles,
  changes: FileChanges,
  events: Pick<Events, 'usersRefused' | 'certificateRefused'>,
): WatchedFiles {
  const users = [...files.users].map(([file, initial]): [string, UsersWatch] => {
    const onChange = ({ entries }: Users, problems: readonly Problem[]) =>
      changes.usersChanged({ file, entries }, problems)
    return [file, watchUsers(file, onChange, { initial, onError: problem => events.usersRefused(problem) })]
  })
  const certificates = certificateFilesOf(listeners).flatMap(pairFiles => {
    const name = pairName(pairFiles)
    const initial = files.pairs.get(name)
    if (initial === undefined) return []
    return watchCertificate(pairFiles, {
      initial,
      onError: problems => events.certificateRefused(problems),
      onChange: (pair, warnings) => changes.certificateChanged(name, pairFiles.cert, pair, warnings),
    })
  })
  return { users: new Map(users), certificates }
}
