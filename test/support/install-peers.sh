#!/usr/bin/env bash
# Builds the registries and clients that the tests talk to into a directory. Skips what is already there. From nothing it
# takes about fifteen minutes on two cores. `kit`, `modctl` and `llama-server` are not among them: their tests run when they are
# in PATH or in the directory already. llama.cpp's server takes as long as all others together; from the sources that the sdist of
# llama-cpp-python 0.3.36 brings: cmake -B build -DGGML_NATIVE=OFF -DBUILD_SHARED_LIBS=OFF && cmake --build build --target llama-server
set -uo pipefail
target=${1:?usage: install-peers.sh DIRECTORY}
mkdir -p "$target"
target=$(cd "$target" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
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
kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
PEERS
# Two cosigns: what signs and verifies with bundles, and with tags. Their program has one name, so each is built aside.
while read -r binary module; do
  [ -x "$target/$binary" ] && continue
  echo "building $binary from $module"
  mkdir -p "$target/$binary.build"
  GOBIN="$target/$binary.build" go install "$module" && mv "$target/$binary.build/cosign" "$target/$binary" || status=1
  rm -rf "$target/$binary.build"
done <<'COSIGNS'
cosign3 github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3
cosign2 github.com/sigstore/cosign/v2/cmd/cosign@v2.6.5
COSIGNS
# A private Sigstore: certificates, their log, the log of signatures, time stamps. Six minutes of them all are dependencies that are shared.
while read -r binary program module; do
  [ -x "$target/$binary" ] && continue
  echo "building $binary from $module"
  mkdir -p "$target/$binary.build"
  GOBIN="$target/$binary.build" timeout 600 go install "$module" && mv "$target/$binary.build/$program" "$target/$binary" || status=1
  rm -rf "$target/$binary.build"
done <<'SIGSTORE'
timestamp-server timestamp-server github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server@v2.1.2
rekor-tiles posix github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix@v2.3.0
fulcio fulcio github.com/sigstore/fulcio@v1.8.8
tesseract posix github.com/transparency-dev/tesseract/cmd/tesseract/posix@v0.1.1
SIGSTORE
# The reference implementation of model signatures, in an environment of its own. It uses pyOpenSSL and does not ask for it.
if [ ! -x "$target/model_signing" ] && command -v python3 >/dev/null; then
  echo "installing model-signing"
  python3 -m venv "$target/model-signing" && "$target/model-signing/bin/pip" install -q model-signing==1.1.1 pyopenssl &&
    ln -sf model-signing/bin/model_signing "$target/model_signing" || status=1
fi
# Readers of others that the fuzzing compares with, in an environment of their own.
if [ ! -x "$target/readers/bin/python" ] && command -v python3 >/dev/null; then
  echo "installing safetensors, gguf and sentencepiece"
  python3 -m venv "$target/readers" &&
    "$target/readers/bin/pip" install --quiet 'safetensors==0.8.*' 'gguf>=0.17' 'sentencepiece>=0.2' || status=1
fi
# Programs of our own around other people's packages: a registry with the referrers API (go-containerregistry's handler),
# olareg, and Docker Model Runner's packager and store, which need a newer Go than the others.
while read -r program toolchain; do
  [ -x "$target/$program" ] && continue
  echo "building $program"
  (cd "$here/$program" && GOTOOLCHAIN="$toolchain" go build -buildvcs=false -o "$target/$program" .) || status=1
done <<'PROGRAMS'
referrers-registry auto
olareg-registry auto
docker-model-runner go1.26.10+auto
PROGRAMS
# Kubernetes' API server, from its Go module and those that its own go.mod replaces by folders (about five minutes on two
# cores), and etcd from Debian's package. Tests of what is applied to a cluster skip without them.
if [ ! -x "$target/kube-apiserver" ]; then
  echo "building kube-apiserver"
  timeout 900 bash "$here/kube-apiserver/build.sh" "$target/kube-apiserver" || status=1
fi
# Debian's packages, unpacked and not installed: nothing is started and nothing of the machine changes.
# docker-registry is the 2.8 that most registries in use descend from.
while read -r program package; do
  [ -x "$target/$program" ] && continue
  if command -v "$program" >/dev/null; then
    ln -sf "$(command -v "$program")" "$target/$program"
  elif command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
    echo "unpacking $package"
    (cd "$(mktemp -d)" && { apt-get download "$package" || { apt-get update && apt-get download "$package"; }; } >/dev/null 2>&1 &&
      dpkg -x "$package"_*.deb . && cp "usr/bin/$program" "$target/$program") || status=1
  else
    echo "$program is not here: its tests will skip" >&2
  fi
done <<'PACKAGES'
etcd etcd-server
docker-registry docker-registry
PACKAGES
# A server that speaks the protocol of S3 (moto, from PyPI).
if [ ! -x "$target/moto/bin/moto_server" ]; then
  if command -v python3 >/dev/null; then
    echo "installing moto"
    { python3 -m venv "$target/moto" && "$target/moto/bin/pip" install --quiet 'moto[s3,server]==5.*'; } || status=1
  else
    echo "python3 is not here: S3 is not read from a real server" >&2
  fi
fi
# What KServe fetches models with.
if [ ! -x "$target/kserve-storage/bin/python" ] && command -v python3 >/dev/null; then
  echo "installing kserve-storage"
  { python3 -m venv "$target/kserve-storage" && "$target/kserve-storage/bin/pip" install --quiet kserve-storage==0.21.0; } || status=1
fi
# skopeo has no module that could be installed by its version alone; Debian and Ubuntu package it.
if ! command -v skopeo >/dev/null && [ ! -x "$target/skopeo" ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    install=(apt-get install -y --no-install-recommends skopeo)
    "${install[@]}" >/dev/null 2>&1 || { apt-get update >/dev/null && "${install[@]}" >/dev/null; } || status=1
  else
    echo "skopeo is not here and cannot be installed without apt-get and root: its tests will skip" >&2
    status=1
  fi
fi
exit "$status"
