/** All that a worker needs to serve, as plain data: the primary reads the files, a worker never does. */
import { availableParallelism } from 'node:os'
import type { TrustAnchor } from '../certificates/anchor.js'
import { loadPair } from '../certificates/load-pair.js'
import { Collector } from '../errors/collect.js'
import type { Problem } from '../errors/problem.js'
import type { Secret } from '../errors/secret.js'
import { loadPassword } from '../files/password-file.js'
import type { CertificateFiles, Listener, VirtualServer } from '../routes/model.js'
import type { Settings } from '../settings/settings.js'
import { uncoveredLocations } from '../settings/uncovered-locations.js'
import { loadUsers } from '../users/htpasswd/load.js'
import type { ParsedHtpasswd } from '../users/htpasswd/parse.js'
import type { Users } from '../users/htpasswd/users.js'
import { unreachableLimit } from './connection-limits.js'
import type { TokenState } from './token-files.js'
import { usersFiles } from './users-files.js'

/** A certificate and its key as text in PEM. It goes from the primary to its workers and nowhere else. */
export interface PairText {
  readonly cert: string
  readonly key: string
  /** What clients must trust to accept it; null where another authority has signed. */
  readonly anchor: TrustAnchor | null
}

export interface ServingState {
  readonly settings: Settings
  /** By `pairName` of the files that hold them. */
  readonly pairs: ReadonlyMap<string, PairText>
  /** By the path of the htpasswd file. */
  readonly users: ReadonlyMap<string, Users>
  /** The gate's own at its backend; null where it needs none. It goes from the primary to its workers and nowhere else. */
  readonly backendPassword: string | null
  /** The same in all workers of a gate: see users/htpasswd/verifier.ts. */
  readonly passwordKey: Uint8Array
  /** Of TLS session tickets, the same in all workers: see primary/ticket-keys.ts. */
  readonly ticketKeys: Uint8Array
  /** null where there is nothing to issue or check tokens with. */
  readonly tokens: TokenState | null
  /** The same in all gates that count wrong passwords together: see login-limits/attempt.ts. */
  readonly loginKey: Uint8Array
  /** Threads for passwords in each worker. */
  readonly passwordThreads: number
}

export const pairName = (files: Pick<CertificateFiles, 'cert' | 'key'>): string =>
  JSON.stringify([files.cert, files.key])

export const certificateFilesOf = (listeners: readonly Listener[]): CertificateFiles[] => {
  const all = listeners.flatMap(listener => listener.servers).flatMap(server => server.tls?.certificates ?? [])
  return [...new Map(all.map(files => [pairName(files), files])).values()]
}

/** What the files of a configuration hold. */
export interface LoadedFiles {
  readonly pairs: ReadonlyMap<string, PairText>
  readonly users: ReadonlyMap<string, ParsedHtpasswd>
  /** null where none is named. */
  readonly redisPassword: Secret | null
  /** The gate's own at its backend; null where it needs none. */
  readonly backendPassword: Secret | null
  /** What works and yet deserves a look. */
  readonly warnings: readonly Problem[]
}

/**
 * @param skip files that a first start will make: they are not missed
 * @throws ProblemsFound with everything that is wrong in any of the files
 */
export async function loadFiles(settings: Settings, now: Date, skip: readonly string[] = []): Promise<LoadedFiles> {
  const collector = new Collector()
  const warnings: Problem[] = [...uncoveredLocations(settings), ...unreachableLimit(settings)]
  const pairs = new Map<string, PairText>()
  for (const files of certificateFilesOf(settings.listeners)) {
    if (skip.includes(files.cert)) continue
    // Where nobody named the files, they are themselves the place of what is wrong with them.
    const where = files.where === files.cert ? null : files.where
    const pair = await collector.try(() => loadPair(files.cert, files.key, where, now))
    if (pair === null) continue
    pairs.set(pairName(files), { cert: pair.cert, key: pair.key.reveal(), anchor: pair.anchor })
    warnings.push(...pair.warnings)
    if (settings.challenge === 'token' && pair.anchor !== null) warnings.push(unknownToSystems(files.cert))
  }
  const users = new Map<string, ParsedHtpasswd>()
  for (const { file, where } of usersFiles(settings.listeners)) {
    if (skip.includes(file)) continue
    const parsed = await collector.try(() => loadUsers(file, where))
    if (parsed === null) continue
    users.set(file, parsed)
    warnings.push(...parsed.problems)
  }
  const { loginLimits, backendLogin } = settings
  const secretIn = async (file: string | null, where: string): Promise<Secret | null> => {
    const loaded = file === null ? null : await collector.try(() => loadPassword(file, where))
    warnings.push(...(loaded?.warnings ?? []))
    return loaded?.password ?? null
  }
  const redis = loginLimits?.redis ?? null
  const redisPassword = await secretIn(redis?.passwordFile ?? null, redis?.where ?? '')
  const own = backendLogin?.credentials.kind === 'password' ? backendLogin.credentials.passwordFile : null
  const backendPassword = await secretIn(own, backendLogin?.where ?? '')
  if (collector.found) throw collector.asError()
  return { pairs, users, redisPassword, backendPassword, warnings }
}

/** buildx fetches tokens in its own process, which reads no folder of docker's (moby/buildkit, session/auth/authprovider). */
const unknownToSystems = (certFile: string): Problem => ({
  where: certFile,
  message: 'in token mode "docker buildx build --push" accepts this certificate only where the system trusts it',
  hint: 'run there: portcullis certs trust --install system, or set BUILDKIT_NO_CLIENT_TOKEN=1',
})

export function servingState(
  settings: Settings,
  files: LoadedFiles,
  keys: Pick<ServingState, 'passwordKey' | 'loginKey' | 'tokens' | 'ticketKeys'>,
): ServingState {
  const users = new Map([...files.users].map(([file, { entries }]) => [file, { file, entries }]))
  const passwordThreads = Math.max(1, Math.floor(availableParallelism() / settings.workers))
  const backendPassword = files.backendPassword?.reveal() ?? null
  return { settings, pairs: files.pairs, users, backendPassword, ...keys, passwordThreads }
}

/** Of the certificate that this server shows first. */
export function anchorOf({ pairs }: ServingState, { tls }: VirtualServer): TrustAnchor | null {
  const [files] = tls?.certificates ?? []
  return files === undefined ? null : (pairs.get(pairName(files))?.anchor ?? null)
}
