"""What the command-line tools of the pinned release make of small models: gguf-split, and llama-quantize with
importance matrices in both of their file forms, include and exclude lists, and types by name.

Usage: quantize_tools.py LLAMA_QUANTIZE GGUF_SPLIT MODELS.json OUTPUT.json
(both tools built from the vendored llama.cpp and linked to the libraries of llama-cpp-python==0.3.36)
"""

import hashlib
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from quantize_mixes import expand, importance, write_gguf


def digests(folder, pattern):
    return [[file.name, file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest()] for file in sorted(folder.glob(pattern))]


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True).returncode == 0


def measured(tensors):
    """Names, row lengths, experts and sums of the tensors that an importance matrix knows."""
    for tensor in tensors:
        dims = tensor["dimensions"] + [1, 1]
        if len(tensor["dimensions"]) >= 2 and tensor["name"].startswith("blk.") and tensor["name"].endswith("weight"):
            yield tensor["name"], dims[0], dims[2], importance(tensor["name"], dims[0] * dims[2])


def legacy_matrix(path, tensors, calls, tail):
    entries = list(measured(tensors))
    data = struct.pack("<i", len(entries))
    for name, _, _, sums in entries:
        raw = name.encode()
        data += struct.pack("<i", len(raw)) + raw + struct.pack("<ii", calls, len(sums)) + sums.tobytes()
    if tail:
        data += struct.pack("<ii", 5, 8) + b"wiki.txt"
    path.write_bytes(data)


def gguf_matrix(path, tensors):
    metadata = [["general.type", "STRING", "imatrix"], ["imatrix.datasets", "ARRAY", ["calibration \u4e2d" + "\u00e9" * 100, "b"], "STRING"],
                ["imatrix.chunk_count", "UINT32", 9], ["imatrix.chunk_size", "UINT32", 512]]
    stored = []
    for name, length, experts, sums in measured(tensors):
        counts = (np.arange(experts, dtype=np.float32) % 7) * np.float32(3) if experts > 1 else np.array([11], dtype=np.float32)
        stored.append({"name": name + ".in_sum2", "dimensions": [length, experts], "type": "F32", "data": sums.tobytes()})
        stored.append({"name": name + ".counts", "dimensions": [1, experts], "type": "F32", "data": counts.tobytes()})
    write_gguf(path, metadata, stored)


QUANTIZE = [
    ("dense-gqa", "legacy", "Q8_0", []),
    ("dense-gqa", "legacy", "Q4_K_M", []),
    ("dense-gqa", "legacy-bare", "Q4_0", []),
    ("dense-gqa", "gguf", "IQ2_XS", []),
    ("dense-gqa", "gguf", "Q4_0", ["--include-weights", "ffn_down", "--include-weights", "blk.3."]),
    ("dense-gqa", "gguf", "Q8_0", ["--exclude-weights", "attn"]),
    ("dense-gqa", "gguf", "Q8_0", ["--exclude-weights", "blk"]),
    ("dense-gqa", "gguf", "IQ2_XS", ["--exclude-weights", "attn_k"]),
    ("dense-gqa", "gguf", "Q8_0", ["--prune-layers", "7,2,2", "--override-kv", "general.name=str:pruned", "--override-kv", "a.b=int:-7"]),
    ("moe-8", "gguf", "Q4_K_M", []),
    ("moe-8", "gguf", "Q8_0", []),
    ("dense-gqa", None, "Q8_0", ["--tensor-type", "ATTN_V=f16", "--tensor-type", "ffn_(up|gate)=bf16"]),
    ("dense-gqa", None, "15", []),
    ("dense-gqa", None, "q8_0", ["--leave-output-tensor"]),
    ("clip", None, "Q8_0", []),
    ("clip", None, "Q4_K_M", []),
]

SPLIT = [
    ("dense-gqa", ["--split-max-tensors", "50"]),
    ("dense-gqa", ["--split-max-tensors", "20", "--no-tensor-first-split"]),
    ("large", ["--split-max-size", "1M"]),
    ("large", ["--split-max-size", "1M", "--no-tensor-first-split"]),
]


def quantize_cases(tool, models, folder):
    for model, matrix, kind, arguments in QUANTIZE:
        for old in folder.iterdir():
            old.unlink()
        tensors = expand(models[model])
        write_gguf(folder / "in.gguf", models[model]["metadata"], tensors)
        options = list(arguments)
        if matrix is not None:
            path = folder / "imatrix"
            if matrix == "gguf":
                gguf_matrix(path, tensors)
            else:
                legacy_matrix(path, tensors, 3 if matrix == "legacy" else 0, matrix == "legacy")
            options += ["--imatrix", "imatrix"]
        done = subprocess.run([str(tool), *options, "in.gguf", "out.gguf", kind, "1"], capture_output=True, cwd=folder).returncode == 0
        yield {"model": model, "imatrix": matrix, "fileType": kind, "arguments": arguments, "files": digests(folder, "out.gguf") if done else None}


def split_cases(tool, models, folder):
    for model, arguments in SPLIT:
        for old in folder.iterdir():
            old.unlink()
        write_gguf(folder / "in.gguf", models[model]["metadata"], expand(models[model]))
        assert run(tool, "--split", *arguments, folder / "in.gguf", folder / "out")
        files = digests(folder, "out-*")
        assert run(tool, "--merge", folder / files[0][0], folder / "merged.gguf")
        yield {"model": model, "arguments": arguments, "files": files, "merged": digests(folder, "merged.gguf")[0]}


def main():
    quantize_tool, split_tool = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    models = json.loads(Path(sys.argv[3]).read_text())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = {"quantize": list(quantize_cases(quantize_tool, models, folder)), "split": list(split_cases(split_tool, models, folder))}
    Path(sys.argv[4]).write_text(json.dumps(result, indent=1) + "\n")


main()
