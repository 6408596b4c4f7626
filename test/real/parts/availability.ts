/** Says whether the real parts that a test needs are on this machine, and names the ones that are missing. */
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built command line of the product. */
export const portcullisMain = fileURLToPath(new URL('../../../dist/main.js', import.meta.url))

interface Requirement {
  readonly present: () => boolean
  readonly from: string
  /** Where it says no, the part cannot be had at all: it is skipped by name even in CI. */
  readonly obtainable?: () => boolean
}

const goClient = (program: string): Requirement => ({
  present: () => onPath(program),
  from: 'scripts/install-real-parts.sh, where there is a Go',
  obtainable: () => onPath('go') || existsSync('/usr/local/go/bin/go'),
})

/** Each part: how its presence is seen, and where it comes from. */
const parts = {
  root: { present: () => process.getuid?.() === 0, from: 'run the tests as root' },
  unshare: { present: () => onPath('unshare') && onPath('nsenter') && onPath('setpriv'), from: 'package util-linux' },
  ip: { present: () => onPath('ip'), from: 'package iproute2' },
  openssl: { present: () => onPath('openssl'), from: 'package openssl' },
  htpasswd: { present: () => onPath('htpasswd'), from: 'package apache2-utils' },
  'docker-registry': { present: () => onPath('docker-registry'), from: 'package docker-registry' },
  haproxy: { present: () => onPath('haproxy'), from: 'package haproxy' },
  'redis-server': { present: () => onPath('redis-server'), from: 'package redis-server' },
  nginx: { present: () => onPath('nginx'), from: 'package nginx-light' },
  docker: { present: () => onPath('docker'), from: 'package docker.io' },
  dockerd: { present: () => onPath('dockerd') && onPath('iptables'), from: 'packages docker.io and iptables' },
  'docker-compose': { present: () => onPath('docker-compose'), from: 'package docker-compose' },
  debootstrap: { present: () => onPath('debootstrap'), from: 'package debootstrap' },
  containerd: { present: () => onPath('containerd') && onPath('ctr'), from: 'package containerd' },
  podman: { present: () => onPath('podman'), from: 'package podman' },
  skopeo: { present: () => onPath('skopeo'), from: 'package skopeo' },
  buildah: { present: () => onPath('buildah'), from: 'package buildah' },
  crane: goClient('crane'),
  oras: goClient('oras'),
  regctl: goClient('regctl'),
  helm: goClient('helm'),
  promtool: { present: () => onPath('promtool'), from: 'package prometheus' },
  chromium: { present: () => onPath('chromium'), from: 'package chromium' },
  python3: { present: () => onPath('python3'), from: 'package python3' },
  curl: { present: () => onPath('curl'), from: 'package curl' },
  portcullis: { present: () => existsSync(portcullisMain), from: 'npm run build' },
} satisfies Record<string, Requirement>

export type Part = keyof typeof parts

/**
 * True when every part is here. Otherwise one line per missing part on stderr and false, for `describe.runIf`;
 * with PORTCULLIS_TEST_REQUIRE=all a missing part is an error instead, so that CI cannot pass by skipping.
 */
export function require(...needed: readonly Part[]): boolean {
  const missing = needed.filter(part => !parts[part].present())
  const line = (part: Part) => `${part} is missing here (${parts[part].from})`
  const obtainable = missing.filter(part => requirement(part).obtainable?.() ?? true)
  if (obtainable.length > 0 && process.env.PORTCULLIS_TEST_REQUIRE === 'all') {
    throw new Error(obtainable.map(line).join('; '))
  }
  for (const part of missing) process.stderr.write(`skipped: ${line(part)}\n`)
  return missing.length === 0
}

const requirement = (part: Part): Requirement => parts[part]

function onPath(command: string): boolean {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter)
  return folders.some(folder => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
