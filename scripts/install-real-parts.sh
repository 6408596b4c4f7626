#!/bin/sh
# Installs the real parts that `npm run test:real` is run against: registry, engine, nginx and clients of Debian 12.
# Run it as root, as often as you like: what is there already is left alone, and no service keeps running after it.
set -eu

parts='
docker-registry  docker-registry
dockerd          docker.io
docker           docker.io
docker-compose   docker-compose
debootstrap      debootstrap
iptables         iptables
ip               iproute2
nginx            nginx-light
haproxy          haproxy
redis-server     redis-server
htpasswd         apache2-utils
skopeo           skopeo
podman           podman
buildah          buildah
ctr              containerd
wrk              wrk
promtool         prometheus
curl             curl
chromium         chromium
openssl          openssl
setpriv          util-linux
'

say() { printf 'install-real-parts: %s\n' "$*"; }

if [ "$(id -u)" -ne 0 ]; then
  say 'this needs root: run it with sudo' >&2
  exit 1
fi
if ! command -v apt-get >/dev/null; then
  say 'apt-get is not here: this script knows Debian and its relatives only' >&2
  exit 1
fi
PATH="$PATH:/usr/sbin:/sbin"

missing=$(echo "$parts" | while read -r program package; do
  [ -z "$program" ] || command -v "$program" >/dev/null || echo "$package"
done | sort -u | tr '\n' ' ')

if [ -z "$missing" ]; then
  say 'everything is here already'
else
  say "missing: $missing"
  # Packages of servers start them after installation; 101 is the documented way of saying no (deb-systemd-invoke,
  # invoke-rc.d). A policy that somebody else has put there is kept.
  policy=/usr/sbin/policy-rc.d
  ours=
  if [ ! -e "$policy" ]; then
    ours=yes
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q
  # shellcheck disable=SC2086 # the list is meant to be split
  apt-get install -q -y --no-install-recommends $missing
  [ -z "$ours" ] || rm -f "$policy"
  # Installed, they would still start with the next boot of the machine.
  if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
    for package in $missing; do
      case $package in
        docker.io) units='docker.service docker.socket' ;;
        containerd) units=containerd.service ;;
        nginx-light) units=nginx.service ;;
        haproxy) units=haproxy.service ;;
        redis-server) units=redis-server.service ;;
        docker-registry) units=docker-registry.service ;;
        prometheus) units=prometheus.service ;;
        *) continue ;;
      esac
      say "left stopped: $units"
      # shellcheck disable=SC2086
      systemctl disable --now --quiet $units || say "could not disable $units"
    done
  fi
fi

for program in docker-registry dockerd docker docker-compose debootstrap nginx haproxy redis-server htpasswd skopeo podman buildah ctr promtool wrk; do
  say "$program: $(command -v "$program" || echo 'still missing')"
done
