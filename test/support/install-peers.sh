#!/usr/bin/env bash
# Builds the registries and clients that the tests talk to into a directory. Skips what is already there.
set -uo pipefail
target=${1:?usage: install-peers.sh DIRECTORY}
mkdir -p "$target"
export GOBIN="$target"
if ! command -v go >/dev/null; then
  echo "no Go toolchain: no peers" >&2
  exit 1
fi
status=0
while read -r binary module; do
  [ -x "$target/$binary" ] && continue
  echo "building $binary from $module"
  go install "$module" || status=1
done <<'PEERS'
oras oras.land/oras/cmd/oras@v1.3.6
crane github.com/google/go-containerregistry/cmd/crane@v0.22.1
regctl github.com/regclient/regclient/cmd/regctl@v0.11.7
registry github.com/distribution/distribution/v3/cmd/registry@v3.1.2
PEERS
# The registry with the referrers API is a program of our own around go-containerregistry's handler.
if [ ! -x "$target/referrers-registry" ]; then
  (cd "$(dirname "$0")/referrers-registry" && go build -buildvcs=false -o "$target/referrers-registry" .) || status=1
fi
exit "$status"
