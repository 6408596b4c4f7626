/** Where clients look for the certificates that they trust: folders by registry, and the stores of operating systems. */
import { shellWord } from './place.js'
import type { RegistryAddress } from './registry-address.js'

/**
 * Folders with one folder per registry, named as in image names, whose `*.crt` are trusted for that registry alone.
 * docker: moby daemon/pkg/registry; podman: containers-certs.d(5); containerd: docs/hosts.md, the pattern of Docker.
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

/** A system's store of trusted certificates: files in a folder, and the program that makes one bundle of them. */
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

/** Stores hold for all hosts: the file is named after the registry only to be found again. */
export function storePath(store: SystemStore, registry: RegistryAddress): string {
  return `${store.folder}/portcullis-${registry.host.replace(/[^\w.-]/g, '_')}.crt`
}

/** The command that puts a copy of `file` there, for everybody to read, with the folders that are missing. */
export function copyCommand(file: string, path: string): string {
  return `sudo install -D -m 644 ${shellWord(file)} ${shellWord(path)}`
}
