#!/usr/bin/env bash
# Makes the numbers of test/fixtures/golden/evaluate.json with llama.cpp's own tools, which are compiled from the sources
# inside npm's node-llama-cpp against the libraries of @node-llama-cpp/linux-x64 (a minute of one processor):
#
#   npx jiti test/oracle/write-evaluate-models.ts DIRECTORY && test/oracle/evaluate.sh DIRECTORY
#
# Only one CPU plug-in (haswell) stays beside the tools: digits depend on it. The numbers are the lines that are printed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
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

# base text context chunks type...
measure() {
  local base=$1 text=$2 context=$3 chunks=$4
  shift 4
  tools/llama-perplexity -m "$base" -f "$text" -c "$context" --chunks "$chunks" -t 1 --kl-divergence-base base.kld
  for type in "$@"; do
    local log="${base%%-*}-$type.log"
    # Now and then the last lines are lost when it ends.
    until grep -q 'Same top' "$log" 2> /dev/null; do
      tools/llama-perplexity -m "${base%%-*}-$type.gguf" -c "$context" -t 1 --kl-divergence --kl-divergence-base base.kld > "$log" 2>&1
    done
    python3 "$here/evaluate_numbers.py" "$type=$log"
  done
}
measure glass-F16.gguf ascii.txt 128 32 Q8_0 Q4_0
measure moe-F16.gguf moby-dick.txt 128 16 Q4_0
# SmolLM2: the published Q4_1, widened with llama-quantize --allow-requantize, and quantized from that.
if [ -e smol-F32.gguf ]; then measure smol-F32.gguf moby-dick.txt 512 8 Q8_0 Q4_K_M Q4_0; fi

tools/llama-imatrix -m glass-F16.gguf -f ascii.txt -c 128 --chunks 32 -t 1 -o imatrix.gguf
tools/llama-imatrix -m glass-F16.gguf -f ascii.txt -c 128 --chunks 32 -t 1 -o imatrix.dat --output-format dat
tools/llama-imatrix -m glass-F16.gguf --in-file imatrix.gguf --show-statistics
tools/llama-imatrix -m moe-F16.gguf -f moby-dick.txt -c 128 --chunks 16 -t 1 -o moe-imatrix.gguf
if [ -e smol-F32.gguf ]; then tools/llama-imatrix -m smol-F32.gguf -f moby-dick.txt -c 512 --chunks 4 -t 1 -o smol-imatrix.gguf; fi
sha256sum ./*imatrix.*
