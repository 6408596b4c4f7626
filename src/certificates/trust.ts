/** Instructions for trusting a certificate: one table with one row per client. */
import { shellWord } from './place.js'
import type { RegistryAddress } from './registry-address.js'
import {
  certificatePath,
  copyCommand,
  type FolderClient,
  registryFolders,
  storePath,
  systemStores,
} from './trust-places.js'

export const trustClients = [
  'docker',
  'docker-rootless',
  'docker-desktop',
  'podman',
  'containerd',
  'k3s',
  'buildkit',
  'system',
] as const
export type TrustClient = (typeof trustClients)[number]

export interface TrustInput {
  /** The names of the registry. The file in a system's store is named after the first one. */
  readonly registries: readonly [RegistryAddress, ...RegistryAddress[]]
  /** The certificate to trust: the path for the commands. */
  readonly file: string
}

/** The steps for one client on one kind of system. */
export interface TrustGuide {
  readonly title: string
  /** Several clients if they share the same steps. */
  readonly clients: readonly TrustClient[]
  readonly steps: readonly TrustStep[]
}

export interface TrustStep {
  /** What to know before running the lines; '' if nothing. */
  readonly say: string
  /** Lines to paste unchanged, including here-documents. If `say` names a file, they go into that file. */
  readonly lines: readonly string[]
}

/** All clients, the most common first. */
export function trustGuides(input: TrustInput): TrustGuide[] {
  return rows.map(({ steps, ...row }) => ({ ...row, steps: steps(input) }))
}

interface Row extends Omit<TrustGuide, 'steps'> {
  readonly steps: (input: TrustInput) => readonly TrustStep[]
}

const rows: readonly Row[] = [
  {
    title: 'Docker on Linux',
    clients: ['docker'],
    steps: input => [{ say: 'At once, without a restart.', lines: copies('docker', input) }],
  },
  {
    title: 'Docker, rootless',
    clients: ['docker-rootless'],
    steps: ({ registries, file }) => [
      {
        say: 'As the user who runs it; at once, without a restart.',
        lines: registries.map(
          // The double quotes are safe: the name of a registry contains none.
          ({ name }) =>
            `install -D -m 644 ${shellWord(file)} "\${XDG_CONFIG_HOME:-$HOME/.config}/docker/certs.d/${name}/ca.crt"`,
        ),
      },
    ],
  },
  {
    title: 'macOS: Docker Desktop, browsers and other programs',
    clients: ['docker-desktop', 'system'],
    steps: ({ file }) => [
      {
        say: 'Docker Desktop sees it after a restart.',
        lines: [
          `sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ${shellWord(file)}`,
        ],
      },
    ],
  },
  {
    title: 'Windows: Docker Desktop, browsers and other programs',
    clients: ['docker-desktop', 'system'],
    steps: ({ file }) => [
      {
        say: 'In PowerShell as administrator. Docker Desktop sees it after a restart.',
        lines: [`Import-Certificate -FilePath ${powerShellWord(file)} -CertStoreLocation Cert:\\LocalMachine\\Root`],
      },
    ],
  },
  {
    title: 'Podman, Skopeo, Buildah',
    clients: ['podman'],
    steps: input => [
      {
        say: 'At once; without root, ~/.config/containers/certs.d instead of /etc/containers/certs.d.',
        lines: copies('podman', input),
      },
    ],
  },
  {
    title: 'containerd, nerdctl',
    clients: ['containerd'],
    steps: input => [
      {
        say: 'nerdctl looks there by itself, ctr with --hosts-dir /etc/containerd/certs.d.',
        lines: copies('containerd', input),
      },
      {
        say: 'For Kubernetes, /etc/containerd/config.toml must have these lines (the first one is [plugins."io.containerd.cri.v1.images".registry] with containerd 2), followed once by: sudo systemctl restart containerd',
        lines: ['[plugins."io.containerd.grpc.v1.cri".registry]', `  config_path = "${registryFolders.containerd}"`],
      },
    ],
  },
  {
    title: 'k3s',
    clients: ['k3s'],
    steps: ({ registries, file }) => {
      const kept = `/etc/rancher/k3s/portcullis-${registries[0].host.replace(/[^\w.-]/g, '_')}.crt`
      return [
        {
          say: 'On every node. If registries.yaml is there already, add the lines about the registry below its configs: instead.',
          lines: [
            copyCommand(file, kept),
            "sudo tee -a /etc/rancher/k3s/registries.yaml <<'END'",
            'configs:',
            ...registries.flatMap(({ name }) => [`  "${name}":`, '    tls:', `      ca_file: ${kept}`]),
            'END',
            'sudo systemctl restart k3s     # k3s-agent on nodes that are no servers',
          ],
        },
      ]
    },
  },
  {
    title: 'BuildKit: a builder of docker buildx',
    clients: ['buildkit'],
    steps: ({ registries, file }) => [
      {
        say: 'The builder gets a copy; recreate an existing builder. A separate buildkitd reads the same lines in /etc/buildkit/buildkitd.toml.',
        lines: [
          'cat > buildkitd.toml <<END',
          ...registries.flatMap(({ name }) => [`[registry."${name}"]`, `  ca = ["${absolute(file)}"]`]),
          'END',
          'docker buildx create --use --driver docker-container --buildkitd-config buildkitd.toml',
        ],
      },
    ],
  },
  {
    title: 'Linux as a whole: curl, helm, oras, crane and other programs',
    clients: ['system'],
    steps: ({ registries: [first], file }) => [
      ...systemStores.map(store => ({
        say: `${store.title}:`,
        lines: [copyCommand(file, storePath(store, first)), `sudo ${store.update.join(' ')}`],
      })),
      { say: 'Programs that run already, such as docker and containerd, see it after a restart.', lines: [] },
    ],
  },
]

function copies(client: FolderClient, { registries, file }: TrustInput): string[] {
  return registries.map(registry => copyCommand(file, certificatePath(registryFolders[client], registry)))
}

/** Inside a here-document, where the shell expands it. */
function absolute(file: string): string {
  const escaped = file.replace(/[\\$`]/g, '\\$&')
  return file.startsWith('/') ? escaped : `$PWD/${escaped}`
}

function powerShellWord(text: string): string {
  return /^[\w./:\\-]+$/.test(text) ? text : `'${text.replaceAll("'", "''")}'`
}
