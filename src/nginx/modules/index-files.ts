/** ngx_http_index_module: which file stands for its folder. */
import { plainText } from '../language/template.js'
import { any, value } from '../readers.js'
import type { NginxReading } from '../reading.js'
import { anywhere, type CheckedDirective, many, type NothingLeft, nginxModule } from '../row.js'

export const indexFiles = nginxModule(
  'ngx_http_index_module',
  [
    many(
      'index',
      anywhere,
      value<'index', readonly string[]>('index', ['index.html'], readIndex, [1, any]),
      'as in nginx, for files under `root`; names without variables, and none that begins with `/`',
    ),
  ],
  ({ index, ...rest }) => {
    rest satisfies NothingLeft
    return index
  },
)

function readIndex(
  _word: string,
  { args, at }: CheckedDirective,
  reading: NginxReading,
  earlier: readonly string[] | undefined,
): readonly string[] {
  for (const word of args) {
    if (word.startsWith('/') || plainText(reading.template(word, at)) === null) {
      reading.problem(at, `"${word}" is no name of a file in its folder`, 'write for example: index index.html;')
    }
  }
  return [...(earlier ?? []), ...args]
}
