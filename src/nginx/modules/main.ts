/** ngx_core_module and ngx_event_core_module: what stands at the top of a complete file, and in `events`. */
import { any, block, ignored } from '../readers.js'
import { anywhere, many, nginxModule, once, refused } from '../row.js'

const withoutMeaning = 'remove the line: it has no meaning for the gate'

export const main = nginxModule('ngx_core_module', [
  once('events', ['main'], block([0, 0]), 'as in nginx'),
  once('worker_processes', ['main'], ignored('the number of workers is given with --workers')),
  once(
    'worker_connections',
    ['events'],
    ignored('the number of connections is limited by the open files that the system allows'),
  ),
  many(
    'error_log',
    ['main', ...anywhere],
    ignored('the gate writes its log to standard error, at the level given with --log-level', [1, any]),
  ),
  ...refused(withoutMeaning, ['user', 'pid', 'daemon'], ['main']),
  ...refused(withoutMeaning, ['use', 'multi_accept', 'worker_rlimit_nofile']),
  ...refused(null, ['load_module', 'stream', 'mail'], ['main']),
  ...refused(null, ['env']),
])
