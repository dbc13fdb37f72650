#!/usr/bin/env bash
# Builds kube-apiserver from the Go module k8s.io/kubernetes. Its go.mod replaces the modules that it is published with
# (k8s.io/api, k8s.io/client-go, …) by folders that the module has not: they are asked for by their version here.
set -euo pipefail
output=${1:?usage: build.sh OUTPUT}
version=1.37.2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod CGO_ENABLED=0 GOWORK=off
source=$(cd / && GOFLAGS='' go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^[[:space:]]*"GoMod": "\(.*\)",*$/\1/p')
staged=$(sed -n 's/^[[:space:]]*\(k8s\.io\/[a-z-]*\) => \.\/staging.*/\1/p' "$source" | grep -v /sample-)
{
  echo "module local/kube-apiserver"
  sed -n '/^go /p; /^godebug/p' "$source" | grep -v '($'
  # What it needs, but for what it is published with.
  sed -n '/^require (/,/^)/p' "$source" | grep -v ' v0\.0\.0$'
  echo "require k8s.io/kubernetes v$version"
  for module in $staged; do
    echo "require $module v0${version#1}"
    echo "replace $module => $module v0${version#1}"
  done
} >go.mod
at=k8s.io/component-base/version
go build -trimpath -o "$output" \
  -ldflags "-s -w -X $at.gitVersion=v$version -X $at.gitMajor=1 -X $at.gitMinor=${version:2:2}" \
  k8s.io/kubernetes/cmd/kube-apiserver
