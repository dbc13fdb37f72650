#!/usr/bin/env bash
# Makes the numbers of test/fixtures/golden/evaluate.json with llama.cpp's own tools, which are compiled from the sources
# inside npm's node-llama-cpp against the libraries of @node-llama-cpp/linux-x64 (a minute of one processor):
#
#   test/oracle/evaluate.sh DIRECTORY      (with glass-f16.gguf, glass-Q8_0.gguf, glass-Q4_0.gguf and ascii.txt in it)
#
# Only one CPU plug-in (haswell) stays beside the tools: digits depend on it. The numbers are the lines that are printed.
set -euo pipefail
cd "${1:?usage: evaluate.sh DIRECTORY}"

npm pack --silent node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64@3.22.1
mkdir -p parent tools
tar xzf node-llama-cpp-3.22.1.tgz -C parent
tar xzf node-llama-cpp-linux-x64-3.22.1.tgz --strip-components=3 -C tools package/bins/linux-x64
find tools -name 'libggml-cpu-*' ! -name '*haswell*' -delete
git clone --quiet parent/package/llama/gitRelease.bundle sources

include=(-Isources/include -Isources/ggml/include -Isources/common -Isources/vendor -Isources/tools/perplexity)
libraries=(tools/libllama-common.so tools/libllama.v0.5.0.so tools/libggml.v0.5.0.so tools/libggml-base.so)
link=("${libraries[@]}" '-Wl,-rpath,$ORIGIN' -pthread)
g++ -O2 -std=c++17 "${include[@]}" sources/tools/imatrix/imatrix.cpp -o tools/llama-imatrix "${link[@]}"
g++ -O2 -std=c++17 "${include[@]}" sources/tools/perplexity/{perplexity,main}.cpp -o tools/llama-perplexity "${link[@]}"

tools/llama-perplexity -m glass-f16.gguf -f ascii.txt -c 128 --chunks 32 -t 1 --kl-divergence-base glass.kld
for type in Q8_0 Q4_0; do
  tools/llama-perplexity -m "glass-$type.gguf" -c 128 -t 1 --kl-divergence --kl-divergence-base glass.kld
done
tools/llama-imatrix -m glass-f16.gguf -f ascii.txt -c 128 --chunks 32 -t 1 -o imatrix.gguf
tools/llama-imatrix -m glass-f16.gguf -f ascii.txt -c 128 --chunks 32 -t 1 -o imatrix.dat --output-format dat
tools/llama-imatrix -m glass-f16.gguf --in-file imatrix.gguf --show-statistics
sha256sum imatrix.gguf imatrix.dat
