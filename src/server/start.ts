/** The primary: reads every file, holds the addresses, lets workers serve, and watches over files and workers. */
import { randomBytes } from 'node:crypto'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import { settled } from '../files/settled.js'
import { addUp } from '../observe/add-up.js'
import type { Settings } from '../settings/settings.js'
import { keptWhileCut } from '../users/htpasswd/cut-file.js'
import type { Users } from '../users/htpasswd/users.js'
import type { UsersWatch } from '../users/htpasswd/watch.js'
import { connectionLimits } from './connection-limits.js'
import type { GateOptions, RunningGate } from './gate-model.js'
import { ownStore } from './own-store.js'
import { certificateEnds } from './primary/certificate-ends.js'
import { coalesced } from './primary/coalesced.js'
import { createListeners } from './primary/listeners.js'
import { createLoginCounting } from './primary/login-counting.js'
import { openMetricsListener } from './primary/metrics-listener.js'
import { reloadChanges, usersChange, validUntil } from './primary/reload-changes.js'
import { createTicketKeys } from './primary/ticket-keys.js'
import { createTokenState } from './primary/token-state.js'
import { type FileChanges, watchFiles } from './primary/watch-files.js'
import { watchReadOnly } from './primary/watch-read-only.js'
import { createWorkers } from './primary/workers.js'
import { readOnlyFile } from './read-only-file.js'
import { type LoadedFiles, loadFiles, type PairText, type ServingState, servingState } from './serving-state.js'
import { usersFiles } from './users-files.js'

/** @throws ProblemsFound with everything that keeps the gate from starting; nothing stays open then */
export async function startGate(options: GateOptions): Promise<RunningGate> {
  const { settings, events, metrics, colour, account, reread } = options
  const passwordKey = randomBytes(32)
  const ticketKeys = createTicketKeys(randomBytes, () => void inTurn(ticketKeysChanged))
  const environment: Record<string, string> = colour ? { PORTCULLIS_LOG_COLOUR: '1' } : {}
  const tokens = createTokenState(events, (state, change) => workers.tokensChanged(state, change))
  const counting = createLoginCounting(events)
  const workers = createWorkers({
    count: settings.workers,
    environment,
    account,
    events,
    identities: tokens.identities,
    logins: counting.desk,
  })
  const { held } = connectionLimits(settings)
  const addresses = createListeners({ onConnection: workers.hand, onError: events.acceptFailed, maxWaiting: held / 2 })
  metrics.watch({ connectionsWaiting: () => workers.waiting })
  let stopping = false
  let watches: readonly { close(): void }[] = []
  let usersWatches: ReadonlyMap<string, UsersWatch> = new Map()

  /** @throws ProblemsFound where it cannot be done; then nothing has changed */
  const putFilesInForce = async (next: Settings, files: LoadedFiles): Promise<ServingState> => {
    const logins = await counting.prepare(next, files.redisPassword)
    const preparedTokens = await tokens.prepare(next)
    const keys = {
      passwordKey,
      loginKey: logins.loginKey,
      tokens: preparedTokens.state,
      ticketKeys: ticketKeys.current,
    }
    const state = servingState(next, files, keys)
    try {
      await putInForce(next, () => state)
    } catch (error) {
      preparedTokens.discard()
      throw error
    }
    logins.commit()
    preparedTokens.commit()
    watchAll(state, files)
    return state
  }

  /** The same for a state that is made at the last moment, so that no change of what it was made from is lost. */
  const putInForce = async ({ storage, listeners }: Settings, make: () => ServingState) => {
    ownStore(storage, account)
    const prepared = await addresses.prepare(listeners)
    const state = make()
    try {
      await workers.serve(state)
    } catch (error) {
      prepared.discard()
      throw error
    }
    prepared.commit()
    events.certificatesInForce(certificateEnds(state))
  }

  /** The rest may change meanwhile. */
  const changeState = (state: ServingState, changed: Partial<ServingState>) =>
    putInForce(state.settings, () => ({ ...(workers.state ?? state), ...changed }))

  const watchAll = (state: ServingState, files: LoadedFiles) => {
    closeAll(watches)
    if (stopping) return
    const certificateInTurn: FileChanges['certificateChanged'] = (...pair) =>
      void inTurn(() => certificateChanged(...pair))
    const watched = watchFiles(state.settings, files, { usersChanged, certificateChanged: certificateInTurn }, events)
    usersWatches = watched.users
    watches = [...watched.users.values(), ...watched.certificates]
  }

  const usersChanged = (users: Users, problems: readonly Problem[]) => {
    events.usersChanged(usersChange(users.file, workers.state?.users.get(users.file) ?? null, users))
    workers.usersChanged(users.file, users)
    for (const problem of problems) events.noticed(problem)
  }

  const certificateChanged = async (name: string, file: string, pair: PairText, warnings: readonly Problem[]) => {
    const { state } = workers
    if (stopping || state === null || !state.pairs.has(name)) return
    try {
      await changeState(state, { pairs: new Map([...state.pairs, [name, pair]]) })
      events.certificateChanged({ file, validUntil: validUntil(pair) })
      for (const warning of warnings) events.noticed(warning)
    } catch (error) {
      events.certificateRefused(problemsOf(error))
    }
  }

  const ticketKeysChanged = async () => {
    const { state } = workers
    if (stopping || state === null) return
    await changeState(state, { ticketKeys: ticketKeys.current }).catch(error => {
      for (const problem of problemsOf(error)) events.noticed(problem)
    })
  }

  const reload = async () => {
    try {
      const { settings: next, notices } = reread()
      // Half of them would lock the others out until the rest is written.
      await settled(usersFiles(next.listeners).map(({ file }) => file))
      const before = workers.state
      if (stopping || before === null) return
      const { urls } = addresses
      const loaded = await loadFiles(next, new Date())
      const users = keptWhileCut(loaded.users, file => usersWatches.get(file)?.current() ?? null)
      const files = { ...loaded, users }
      const state = await putFilesInForce(next, files)
      for (const problem of [...notices, ...files.warnings]) events.noticed(problem)
      events.reloaded(reloadChanges({ state: before, urls }, { state, urls: addresses.urls }))
    } catch (error) {
      if (!stopping) events.reloadRefused(problemsOf(error))
    }
  }

  const takeNoMore = () => {
    stopping = true
    closeAll([...watches, addresses, ticketKeys])
  }

  /** One change of what is in force at a time. */
  let turn: Promise<void> = Promise.resolve()
  const inTurn = (change: () => Promise<void>): Promise<void> => {
    turn = turn.then(change)
    return turn
  }

  const files = await loadFiles(settings, new Date())
  for (const warning of files.warnings) events.noticed(warning)
  const scrape = async () => addUp([await metrics.snapshot(), ...(await workers.counted())])
  const metricsListener = settings.metrics === null ? null : await openMetricsListener(settings.metrics, scrape, events)
  const switchFile = readOnlyFile(settings.dataFolder)
  // Before the first request, and then over all reloads: they cannot move the folder.
  const readOnlyWatch = await watchReadOnly(switchFile, {
    onChange(now) {
      workers.readOnlyChanged(now)
      events.readOnlySwitched(switchFile, now)
    },
    onError: problem => events.noticed(problem),
  })
  try {
    await putFilesInForce(settings, files)
  } catch (error) {
    readOnlyWatch.close()
    workers.kill()
    await metricsListener?.close()
    throw error
  }
  return {
    get urls() {
      return addresses.urls
    },
    get ports() {
      return addresses.ports
    },
    metricsUrl: metricsListener?.url ?? null,
    reload: coalesced(() => inTurn(reload)),
    async close() {
      takeNoMore()
      await workers.drain()
      closeAll([tokens, counting, readOnlyWatch])
      // Until here the last transfers can be watched.
      await metricsListener?.close()
    },
    kill() {
      takeNoMore()
      workers.kill()
      closeAll([tokens, counting, readOnlyWatch])
      // It alone would keep the process, and a supervisor waits for its end.
      void metricsListener?.close()
    },
    hopeless: workers.hopeless,
  }
}

const closeAll = (parts: readonly { close(): void }[]) => {
  for (const part of parts) part.close()
}

/** What keeps a change from being made; our own fault is told like a mistake, because the gate goes on. */
function problemsOf(error: unknown): readonly Problem[] {
  if (error instanceof ProblemsFound) return error.problems
  return [{ where: 'workers', message: error instanceof Error ? error.message : String(error) }]
}
