#!/bin/sh
# The usual way to a private registry, as one would type it after a course about docker, with this image in nginx's place: network,
# certificate, users, registry, gate; then login, push and pull. Run it as root, in an empty folder:
#
#   path/to/scripts/walk-through.sh          makes nginx.conf, auth and certs there, and leaves registry and gate running
#   path/to/scripts/walk-through.sh down     removes both and the network; the files stay
#
# NAME, PORT, GATE (the gate's image) and IMAGE (what is pushed) may be set to others. NAME has to resolve to an address of this
# machine: 127.0.0.1 will do, but docker verifies no certificate then.
set -eu

NAME=${NAME:-registry.local}
PORT=${PORT:-5000}
GATE=${GATE:-portcullis}
IMAGE=${IMAGE:-hello-world}
project=$(dirname "$(dirname "$(realpath "$0")")")

step() {
  printf '\n$ %s\n' "$*"
  "$@"
}

if [ "${1:-}" = down ]; then
  step docker rm -f registry-gate registry-backend
  step docker network rm registry
  exit 0
fi

step docker network create registry

# The gate's configuration: nginx's language, valid for nginx as well.
step mkdir -p auth certs
step cp "$project/nginx-compat.conf" nginx.conf

# A certificate for the name; openssl would do as well.
step docker run --rm -v "$PWD/certs:/certs" "$GATE" create-certs --host "$NAME" --out /certs

# One user. Where htpasswd is not installed: portcullis users add admin --password-stdin
echo
echo '$ htpasswd -Bbn admin secret > auth/htpasswd'
htpasswd -Bbn admin secret >auth/htpasswd

# The registry: on the network, with nothing published.
step docker run -d --name registry-backend --network registry --restart unless-stopped registry:2

# The gate: the only door.
step docker run -d --name registry-gate --network registry --restart unless-stopped -p "$PORT:5000" \
  -v "$PWD/nginx.conf:/etc/nginx/nginx.conf:ro" \
  -v "$PWD/auth/htpasswd:/auth/htpasswd:ro" \
  -v "$PWD/certs:/certs:ro" \
  "$GATE"

tries=30
until docker exec registry-gate node /opt/portcullis/scripts/health.js; do
  tries=$((tries - 1))
  if [ "$tries" -eq 0 ] || [ "$(docker inspect -f '{{.State.Running}}' registry-gate)" != true ]; then
    docker logs registry-gate
    exit 1
  fi
  sleep 1
done

# Trust, on every machine that is to push and pull.
step mkdir -p "/etc/docker/certs.d/$NAME:$PORT"
step cp certs/cert.pem "/etc/docker/certs.d/$NAME:$PORT/ca.crt"

echo
echo "\$ echo secret | docker login -u admin --password-stdin $NAME:$PORT"
echo secret | docker login -u admin --password-stdin "$NAME:$PORT"
step docker tag "$IMAGE" "$NAME:$PORT/walk-through"
step docker push "$NAME:$PORT/walk-through"
step docker rmi "$NAME:$PORT/walk-through"
step docker pull "$NAME:$PORT/walk-through"
