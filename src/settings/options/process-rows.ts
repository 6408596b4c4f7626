/** Options for processes and logging. */
import { defaultLimits, logFormats, logLevels } from '../settings.js'
import { isDefault, live, restart, row } from './rows.js'
import { connectionCount, drainTime, workerCount } from './special-types.js'
import { oneOf } from './types.js'

export const processRows = {
  workers: row({
    heading: 'processes',
    file: 'workers',
    flag: 'workers',
    type: workerCount,
    ...restart,
    default: isDefault<number | 'auto'>('auto', 'auto'),
    help: 'processes that serve; auto is one per core',
  }),
  maxConnections: row({
    heading: 'processes',
    file: 'connections.max',
    flag: 'max-connections',
    type: connectionCount,
    ...live,
    default: { value: null, text: 'nine tenths of the limit of file descriptors', where: 'default' },
    help: 'connections that may be open; others wait',
  }),
  drain: row({
    heading: 'processes',
    file: 'drain',
    flag: 'drain',
    type: drainTime(defaultLimits.drainMs),
    ...live,
    default: isDefault(defaultLimits.drainMs, String(defaultLimits.drainMs / 1_000)),
    help: 'time that transfers get to end when the gate stops',
  }),
  logLevel: row({
    heading: 'log',
    file: 'log.level',
    flag: 'log-level',
    type: oneOf('LEVEL', logLevels),
    ...restart,
    default: isDefault<(typeof logLevels)[number]>('info', 'info'),
    help: logLevels.join(', ').replace(/, (\w+)$/, ' or $1'),
  }),
  logFormat: row({
    heading: 'log',
    file: 'log.format',
    flag: 'log-format',
    type: oneOf('FORMAT', logFormats),
    ...restart,
    default: { value: null, text: 'pretty on a terminal, json elsewhere', where: 'default' },
    help: 'json or pretty',
  }),
} as const
