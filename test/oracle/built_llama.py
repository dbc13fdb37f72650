"""Golden values for the builders of `slipway/testing`, made without their code.

The weights' generator is written again here, SentencePiece itself loads the tokenizer, llama.cpp's converter converts.
    npx jiti test/oracle/write-built-llama.ts DIR
    python test/oracle/built_llama.py --llama-cpp LLAMA_CPP_DIR --models DIR --out test/fixtures/golden/built-llama.json
"""

import argparse
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

import numpy as np
import sentencepiece
import torch

TEXT = "The quick brown fox, 42 times: été 🚀"


def hash32(counter, seed):
    with np.errstate(over="ignore"):
        h = (counter.astype(np.uint32) * np.uint32(0x9E3779B1)) ^ np.uint32(seed)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        return h ^ (h >> np.uint32(16))


def weights(count, dtype, scale, offset, seed):
    h = hash32(np.arange((count + 1) // 2, dtype=np.uint64), seed)
    k = np.empty(2 * len(h), dtype=np.float64)
    k[0::2], k[1::2] = h & np.uint32(0xFFFF), h >> np.uint32(16)
    x = (2 * k - 65535) / 65536
    values = torch.from_numpy((offset + scale * (x * (0.25 + 0.75 * (x * x)))).astype(np.float32)[:count])
    kind = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[dtype]
    return values.to(kind).view(torch.int32 if dtype == "F32" else torch.int16).numpy().tobytes()


def seed_for(name, seed):
    h = 0x811C9DC5 ^ seed
    for byte in name.encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def check_weights(path, seed):
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__")
    for name, info in header.items():
        norm = "norm" in name
        count = int(np.prod(info["shape"]))
        scale, offset = (0.25, 1) if norm else (0.1, 0)
        expected = weights(count, info["dtype"], scale, offset, seed_for(name, seed))
        start, end = info["data_offsets"]
        assert raw[8 + length + start : 8 + length + end] == expected, f"{path}: {name}"
    return sha256(raw)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama-cpp", type=pathlib.Path, required=True)
    parser.add_argument("--models", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    golden = {}
    for folder in sorted(args.models.iterdir()):
        if not folder.is_dir():
            continue
        seed = 7 if folder.name.endswith("odd") else 1
        model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
        assert model.decode(model.encode(TEXT)) == TEXT
        converted = {}
        for outtype in ("f32", "f16", "bf16", "q8_0", "auto"):
            out = args.models / f"{folder.name}-{outtype}.gguf"
            script = str(args.llama_cpp / "convert_hf_to_gguf.py")
            command = [sys.executable, script, str(folder), "--outfile", str(out), "--outtype", outtype]
            subprocess.run(command, check=True, capture_output=True)
            converted[outtype] = sha256(out.read_bytes())
        golden[folder.name] = {
            "safetensors": {path.name: check_weights(path, seed) for path in sorted(folder.glob("*.safetensors"))},
            "tokenizer.model": sha256((folder / "tokenizer.model").read_bytes()),
            "pieces": model.get_piece_size(),
            "ids": model.encode(TEXT),
            "converted": converted,
        }
    args.out.write_text(json.dumps(golden, indent=2) + "\n")


main()
