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
python3          python3
chromium         chromium
openssl          openssl
setpriv          util-linux
'

# Clients without a package: program, module, version. The program is cmd/PROGRAM of its module.
go_clients='
crane   github.com/google/go-containerregistry  v0.22.1
oras    oras.land/oras                          v1.2.3
regctl  github.com/regclient/regclient          v0.11.7
helm    helm.sh/helm/v3                         v3.22.0
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

# A module of its own for each, since `go install PACKAGE@VERSION` also wants the list of all versions, which not every
# proxy has. What is downloaded is checked against Go's checksum database as usual.
build_go_client() {
  mkdir "$work/$1"
  (
    cd "$work/$1" &&
      go mod init clients &&
      go mod edit -require "$2@$3" &&
      GOBIN=/usr/local/bin go install -mod=mod -trimpath -ldflags '-s -w' "$2/cmd/$1"
  ) >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    return 1
  }
}

export PATH="$PATH:/usr/local/go/bin:/usr/local/bin" HOME="${HOME:-/root}"
missing=$(echo "$go_clients" | while read -r program module version; do
  [ -z "$program" ] || command -v "$program" >/dev/null || echo "$program $module $version"
done)
failed=
if [ -n "$missing" ] && ! command -v go >/dev/null; then
  say "skipped, because there is no Go: $(echo "$missing" | cut -d ' ' -f 1 | tr '\n' ' ')"
elif [ -n "$missing" ]; then
  work=$(mktemp -d)
  while read -r program module version; do
    say "building $program $version"
    build_go_client "$program" "$module" "$version" || failed="$failed $program"
  done <<EOF
$missing
EOF
  rm -rf "$work"
fi

for program in docker-registry dockerd docker docker-compose debootstrap nginx haproxy redis-server htpasswd \
  skopeo podman buildah ctr promtool wrk crane oras regctl helm; do
  say "$program: $(command -v "$program" || echo 'still missing')"
done
if [ -n "$failed" ]; then
  say "could not be built with $(go version):$failed" >&2
  exit 1
fi
