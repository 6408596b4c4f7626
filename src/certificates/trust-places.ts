/**
 * The places where clients look for trusted certificates: folders per registry, and the stores of operating systems.
 */
import { shellWord } from './place.js'
import type { RegistryAddress } from './registry-address.js'

/**
 * Folders with one subfolder per registry, named as in image names. Clients trust its `*.crt` for that registry only.
 * docker: moby daemon/pkg/registry; podman: containers-certs.d(5); containerd: docs/hosts.md, Docker's pattern.
 */
export const registryFolders = {
  docker: '/etc/docker/certs.d',
  podman: '/etc/containers/certs.d',
  containerd: '/etc/containerd/certs.d',
} as const

export type FolderClient = keyof typeof registryFolders

/** `/etc/docker/certs.d/registry.local:5000/ca.crt` */
export function certificatePath(folder: string, registry: RegistryAddress): string {
  return `${folder}/${registry.name}/ca.crt`
}

/** A system's store of trusted certificates: files in a folder, and a program that builds one bundle from them. */
export interface SystemStore {
  readonly title: string
  readonly folder: string
  readonly update: readonly [program: string, ...args: string[]]
}

export const systemStores: readonly SystemStore[] = [
  {
    title: 'Debian, Ubuntu, Alpine',
    folder: '/usr/local/share/ca-certificates',
    update: ['update-ca-certificates'],
  },
  { title: 'Fedora, RHEL and their kin', folder: '/etc/pki/ca-trust/source/anchors', update: ['update-ca-trust'] },
  { title: 'openSUSE, SLES', folder: '/etc/pki/trust/anchors', update: ['update-ca-certificates'] },
  { title: 'Arch', folder: '/etc/ca-certificates/trust-source/anchors', update: ['update-ca-trust'] },
]

/** A store applies to all hosts. The registry's name in the file name only helps to find the file again. */
export function storePath(store: SystemStore, registry: RegistryAddress): string {
  return `${store.folder}/portcullis-${registry.host.replace(/[^\w.-]/g, '_')}.crt`
}

/** The command that copies `file` to `path`, readable for all users, and creates missing folders. */
export function copyCommand(file: string, path: string): string {
  return `sudo install -D -m 644 ${shellWord(file)} ${shellWord(path)}`
}
