/** ngx_core_module and ngx_event_core_module: what stands at the top of a complete file, and in `events`. */
import { aNumber, any, aSize, aTime, block, ignored, onOff, words } from '../readers.js'
import { anywhere, ignoredEach, many, nginxModule, once } from '../row.js'

export const main = nginxModule('ngx_core_module', [
  once('events', ['main'], block([0, 0]), 'as in nginx'),
  once('worker_processes', ['main'], ignored('the number of workers is given with --workers')),
  once(
    'user',
    ['main'],
    ignored('workers run under the account that PORTCULLIS_WORKER_USER names, or that of the gate', words(1, 2)),
  ),
  once('pid', ['main'], ignored('no file with the number of the process is written')),
  once('daemon', ['main'], ignored('the gate stays in the foreground', onOff('off'))),
  once('master_process', ['main'], ignored('there is always a process that watches over the workers', onOff('on'))),
  many(
    'load_module',
    ['main'],
    ignored('modules of nginx cannot be loaded; a directive that such a module adds is refused where it stands'),
  ),
  many('env', ['main'], ignored('the gate has its own environment')),
  once(
    'worker_shutdown_timeout',
    ['main'],
    ignored('how long transfers may take to end is said by drain in portcullis.yaml', aTime),
  ),
  once(
    'worker_rlimit_nofile',
    ['main'],
    ignored('how many files may be open is set where the gate is started: ulimit, or the container', aNumber),
  ),
  once('worker_rlimit_core', ['main'], ignored('it is set where the gate is started: ulimit, or the container', aSize)),
  once('working_directory', ['main'], ignored('relative paths start at the folder of the main file')),
  once('worker_cpu_affinity', ['main'], ignored('the system schedules the workers', words(1, any))),
  once('worker_priority', ['main'], ignored('the system schedules the workers')),
  ...ignoredEach(['main'], ignored('it concerns the inside of nginx'), [
    'debug_points',
    'lock_file',
    'pcre_jit',
    'ssl_engine',
    'timer_resolution',
  ]),
  many('thread_pool', ['main'], ignored('it concerns the inside of nginx', words(2, 3))),
  once(
    'worker_connections',
    ['events'],
    ignored('the number of connections is limited by the open files that the system allows', aNumber),
  ),
  ...ignoredEach(['events'], ignored('how connections are waited for is left to Node.js'), [
    'use',
    'worker_aio_requests',
  ]),
  ...ignoredEach(['events'], ignored('connections go to the workers in turn', onOff()), [
    'multi_accept',
    'accept_mutex',
  ]),
  once('accept_mutex_delay', ['events'], ignored('connections go to the workers in turn', aTime)),
  many('debug_connection', ['events'], ignored('the level of the log is given with --log-level')),
  many(
    'error_log',
    ['main', ...anywhere],
    ignored('the gate writes its log to standard error, at the level given with --log-level', words(1, any)),
  ),
])
