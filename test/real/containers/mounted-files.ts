/** Every way of giving the image its files, in front of the registry that the usual sequence has started. */
import { writeFileSync } from 'node:fs'
import { copyFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Containers, sample } from '../parts/containers.js'

export function mountedFiles(shared: () => Containers): void {
  describe('in front of the same registry', () => {
    const gates: string[] = []
    let port = 5100

    /** Starts one more gate, and pushes and pulls through it. */
    async function serves(mounts: readonly string[], command: readonly string[] = []): Promise<string> {
      port += 1
      const name = `gate-${port}`
      gates.push(name)
      await shared().start(name, ['--network', 'registry', '-p', `${port}:5000`, ...mounts, 'portcullis', ...command])
      await shared().login(port)
      await shared().pushAndPull(sample, port, `through-${port}`)
      return name
    }

    afterAll(() => shared().remove(...gates))

    test('nothing but /certs and /auth mounted: nginx-compat.conf serves', async () => {
      await serves(shared().mounts)
    })

    test('/etc/nginx/conf.d/registry.conf: read as within the nginx.conf of nginx, paths start at /etc/nginx', async () => {
      writeFileSync(join(shared().folder, 'registry.conf'), fragment)
      const mount = (from: string, to: string) => shared().mount(from, `/etc/nginx/conf.d/${to}`)
      await serves([
        ...mount('registry.conf', 'registry.conf'),
        ...mount('auth/htpasswd', 'nginx.htpasswd'),
        ...mount('certs/cert.pem', 'domain.crt'),
        ...mount('certs/key.pem', 'domain.key'),
      ])
    })

    test('the command of a compose file for nginx', async () => {
      const conf = shared().mount('nginx.conf', '/etc/nginx/nginx.conf')
      await serves([...shared().mounts, ...conf], ['nginx', '-g', 'daemon off;'])
    })

    test('serve with flags of its own, on a read-only file system', async () => {
      const flags = ['--backend', 'http://registry-backend:5000', '--htpasswd', '/auth/htpasswd', '--certs', '/certs']
      await serves(['--read-only', ...shared().mounts], ['serve', ...flags])
    })

    test('serve --backend embedded: workers store what is pushed in a volume', async () => {
      await serves(['-v', 'embedded-data:/data', ...shared().mounts], embedded)
    })

    test('serve --backend embedded: workers store what is pushed in a folder of root, also after a restart', async () => {
      const data = shared().machine.makeFolder('embedded-data')
      const name = await serves(['-v', `${data}:/data`, ...shared().mounts], embedded)
      expect((await stat(join(data, 'docker/registry/v2/blobs'))).uid).toBe(1000)
      expect((await stat(data)).uid).toBe(0)
      await shared().engine.succeed(['restart', name])
      await shared().ready(name)
      await shared().pushAndPull(sample, port, 'after-the-restart')
    })

    test('everything as user 1000, where it may read the key', async () => {
      const own = shared().machine.makeFolder('own')
      for (const file of ['cert.pem', 'key.pem']) await copyFile(join(shared().folder, 'certs', file), join(own, file))
      await shared().machine.succeed(['chown', '-R', '1000:1000', own])
      await serves(['--user', '1000:1000', '-v', `${own}:/certs:ro`, ...shared().mount('auth', '/auth')])
    })

    test('with no capability but to become another user and to end what does not end by itself', async () => {
      const capabilities = ['SETUID', 'SETGID', 'KILL'].flatMap(name => ['--cap-add', name])
      await serves(['--cap-drop', 'ALL', ...capabilities, ...shared().mounts])
    })

    test('a port below 1024, and --init in front of everything', async () => {
      const flags = ['--listen', '443', '--backend', 'http://registry-backend:5000', '--htpasswd', '/auth/htpasswd']
      const mounts = ['--init', '-p', '5443:443', '--network', 'registry', ...shared().mounts]
      gates.push('gate-443')
      await shared().start('gate-443', [...mounts, 'portcullis', 'serve', '--certs', '/certs', ...flags])
      await shared().login(5443)
      await shared().engine.succeed(['stop', '--time', '20', 'gate-443'])
      expect(await shared().inspect('gate-443', '{{.State.ExitCode}}')).toBe('0')
    })
  })
}

const embedded = [
  'serve',
  ...['--backend', 'embedded', '--data', '/data'],
  ...['--htpasswd', '/auth/htpasswd', '--certs', '/certs'],
]

/** As it stands in many a conf.d: nothing around the server, files by paths from /etc/nginx. */
const fragment = `upstream docker-registry {
  server registry-backend:5000;
}
map $upstream_http_docker_distribution_api_version $docker_distribution_api_version {
  '' 'registry/2.0';
}
server {
  listen 5000 ssl;
  server_name registry.local;
  ssl_certificate conf.d/domain.crt;
  ssl_certificate_key /etc/nginx/conf.d/domain.key;
  client_max_body_size 0;
  location /v2/ {
    auth_basic "Registry realm";
    auth_basic_user_file conf.d/nginx.htpasswd;
    add_header 'Docker-Distribution-Api-Version' $docker_distribution_api_version always;
    proxy_pass http://docker-registry;
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_read_timeout 900;
  }
}
`
