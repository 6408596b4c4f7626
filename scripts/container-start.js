// What the image runs: decides which nginx.conf the gate reads, as a person would expect who has put it in nginx's place.
// (decision P17)
import { lstatSync, readdirSync } from 'node:fs'

/** Where nginx's image has its files, where ours has its own, and what may lie in the current folder. */
export const places = {
  nginxConf: '/etc/nginx/nginx.conf',
  confFolder: '/etc/nginx/conf.d',
  templates: '/etc/nginx/templates',
  /** Includes conf.d/*.conf, as the nginx.conf of nginx's image does. */
  aroundConfFolder: '/etc/nginx/portcullis-conf.d.conf',
  /** nginx-compat.conf: for those who mounted nothing but /certs and /auth. */
  compat: '/etc/portcullis/nginx.conf',
  yaml: 'portcullis.yaml',
}

/** A person who gives one of these does not want nginx-compat.conf, which leaves no room for most of them. */
export const deciding = [
  ...['config', 'nginx-conf', 'listen', 'trusted-proxies', 'backend', 'backend-login', 'htpasswd'],
  ...['cert', 'key', 'certs', 'data', 'host'],
]

/** A link that leads nowhere counts: it was to serve, and the gate says what is wrong with it. */
export const realDisk = {
  /** @param {string} path */
  exists: path => lstatSync(path, { throwIfNoEntry: false }) !== undefined,
  /** @param {string} folder */
  list: folder => (realDisk.exists(folder) ? readdirSync(folder) : []),
}

/**
 * @param {readonly string[]} args what stands behind the image's name
 * @param {Readonly<Record<string, string | undefined>>} env
 * @param {{ exists(path: string): boolean, list(folder: string): readonly string[] }} disk
 * @returns {{ program: 'main' | 'create-certs', args: readonly string[] } | { problem: string }} a problem where files would be passed over
 */
export function commandLine(args, env, disk) {
  const [first, ...rest] = args
  if (first === 'create-certs') return { program: 'create-certs', args: rest }
  if (first === 'portcullis') return commandLine(rest, env, disk)
  // What compose files say that were written for nginx.
  if (first === 'nginx' && rest.join(' ').replace(/;$/, '') === '-g daemon off')
    return commandLine(['serve'], env, disk)
  if (first !== 'serve' && first !== 'check') return { program: 'main', args }
  const said = flag => {
    const variable = env[`PORTCULLIS_${flag.toUpperCase().replaceAll('-', '_')}`]?.trim() ?? ''
    return variable !== '' || rest.some(arg => arg === `--${flag}` || arg.startsWith(`--${flag}=`))
  }
  if (said('nginx-conf')) return { program: 'main', args }
  const mounted = mountedConf(disk)
  if (mounted === null && isTemplate(disk)) {
    const hint = `put the finished file into ${places.confFolder}`
    return { problem: `error: ${places.templates}: templates are not filled in here\nhint:  ${hint}\n` }
  }
  const decided = deciding.some(said) || disk.exists(places.yaml)
  const conf = mounted ?? (decided ? null : places.compat)
  return { program: 'main', args: conf === null ? args : [first, '--nginx-conf', conf, ...rest] }
}

/** As nginx's image has it: nginx.conf is the whole of it, and conf.d is read where that file is the image's own. */
function mountedConf({ exists, list }) {
  if (exists(places.nginxConf)) return places.nginxConf
  if (list(places.confFolder).some(name => name.endsWith('.conf') && !name.startsWith('.')))
    return places.aroundConfFolder
  return null
}

/** nginx's image would make files in conf.d of these. */
const isTemplate = ({ list }) => list(places.templates).some(name => name.endsWith('.template'))

if (import.meta.filename === process.argv[1]) await start()

function decide() {
  try {
    return commandLine(process.argv.slice(2), process.env, realDisk)
  } catch (error) {
    return { problem: `error: ${error.path}: cannot be read (${error.code})\nhint:  mount a folder there\n` }
  }
}

/** In this very process, so that it is the one that the container's signals go to. */
async function start() {
  const line = decide()
  if ('problem' in line) {
    process.stderr.write(line.problem)
    process.exit(1)
  }
  const file = new URL(`../dist/${line.program}.js`, import.meta.url)
  process.argv = [process.argv[0], file.pathname, ...line.args]
  await import(file.href)
}
