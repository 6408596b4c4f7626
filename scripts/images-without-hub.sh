#!/bin/sh
# Makes the images that everything here is built on, registry:2 and node:24-bookworm-slim, on a Debian 12 machine that reaches
# Debian's packages and npm's, but no hub. Run it as root; needs docker, debootstrap, docker-registry and npm.
#
#   scripts/images-without-hub.sh            makes both and hands them to docker
#   scripts/images-without-hub.sh --prepare  makes the archives only, for a machine whose docker has no network
#
# The archives are kept in PORTCULLIS_IMAGES (~/.cache/portcullis-images) and made once; remove that folder to make them anew.
# DEBIAN_MIRROR names another mirror for debootstrap.
set -eu

cache=${PORTCULLIS_IMAGES:-${XDG_CACHE_HOME:-$HOME/.cache}/portcullis-images}
authorities=/etc/ssl/certs/ca-certificates.crt
PATH="$PATH:/usr/sbin:/sbin"

say() { printf 'images-without-hub: %s\n' "$*" >&2; }

case $(uname -m) in
  x86_64) machine=x64 ;;
  aarch64) machine=arm64 ;;
  *)
    say "npm has no Node for $(uname -m)"
    exit 1
    ;;
esac

need() {
  command -v "$1" >/dev/null && return
  say "$1 is missing: scripts/install-real-parts.sh installs it"
  exit 1
}

# Debian without its manuals, Node and npm from npm's registry, and the user "node" as uid 1000: like the image of that name.
make_node() {
  need debootstrap
  need npm
  root=$1
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >&2
  packed=$(mktemp -d "$work/npm.XXXXXX")
  (cd "$packed" && npm pack --silent "node-linux-$machine@24" npm@11 >&2)
  mkdir -p "$root/usr/local/lib/node_modules/npm" "$packed/node"
  tar -xzf "$packed"/node-linux-*.tgz -C "$packed/node" --strip-components=1
  tar -xzf "$packed"/npm-*.tgz -C "$root/usr/local/lib/node_modules/npm" --strip-components=1 --no-same-owner
  install -m 755 "$packed/node/bin/node" "$root/usr/local/bin/node"
  for program in npm npx; do
    ln -s "../lib/node_modules/npm/bin/$program-cli.js" "$root/usr/local/bin/$program"
  done
  chroot "$root" groupadd --gid 1000 node
  chroot "$root" useradd --uid 1000 --gid node --shell /bin/bash --create-home node
  # A machine that reaches npm through a proxy of its company trusts that proxy: so must what is built here.
  if [ -f "$authorities" ]; then cp "$authorities" "$root$authorities"; fi
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/usr/share/doc/* \
    "$root"/usr/share/man/* "$root"/usr/share/locale/* "$root"/usr/share/info/*
}

# The registry's one program with the libraries it names, and the configuration that its image has.
make_registry() {
  need docker-registry
  root=$1
  mkdir -p "$root/bin" "$root/etc/docker/registry" "$root/var/lib/registry" "$root/tmp"
  program=$(command -v docker-registry)
  cp "$program" "$root/bin/registry"
  ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    install -D "$library" "$root$library"
  done
  cat >"$root/etc/docker/registry/config.yml" <<'CONFIG'
version: 0.1
log:
  fields:
    service: registry
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: /var/lib/registry
http:
  addr: :5000
  headers:
    X-Content-Type-Options: [nosniff]
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
CONFIG
}

# An archive appears under its name only when it is whole.
archive() {
  name=$1
  [ -f "$cache/$name.tar" ] && return
  say "making $cache/$name.tar"
  mkdir "$work/$name"
  "make_$name" "$work/$name"
  tar -C "$work/$name" --numeric-owner --one-file-system -cf "$work/$name.tar" .
  mv "$work/$name.tar" "$cache/$name.tar"
}

if [ "$(id -u)" -ne 0 ]; then
  say 'this needs root: run it with sudo'
  exit 1
fi
mkdir -p "$cache"
work=$(mktemp -d "$cache/making.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
archive node
archive registry
[ "${1:-}" != --prepare ] || exit 0

need docker
docker import \
  -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  -c "ENV NODE_EXTRA_CA_CERTS=$authorities" \
  -c 'CMD ["node"]' \
  "$cache/node.tar" node:24-bookworm-slim
docker import \
  -c 'ENTRYPOINT ["/bin/registry"]' -c 'CMD ["serve", "/etc/docker/registry/config.yml"]' \
  -c 'EXPOSE 5000' -c 'VOLUME /var/lib/registry' \
  "$cache/registry.tar" registry:2
