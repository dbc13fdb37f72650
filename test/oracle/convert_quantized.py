"""What llama_model_quantize makes of the converter's files: digests of both steps together.

Usage: python convert.py LLAMA_CPP wide.json --golden DIR --keep GGUF_DIR
       python convert_quantized.py GGUF_DIR OUTPUT.json        (needs llama-cpp-python==0.3.36)

Quantizes every NAME.auto.gguf of the folder.
"""

import ctypes
import hashlib
import json
import sys
import tempfile
from pathlib import Path

import llama_cpp

FILE_TYPES = {"Q4_K_M": 15, "IQ4_XS": 30}


def quantize(source, target, file_type):
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread = 1
    params.ftype = FILE_TYPES[file_type]
    status = llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params))
    if status != 0:
        raise RuntimeError(f"{source.name} to {file_type}: {status}")


def main():
    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    golden = {}
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "out.gguf"
        for source in sorted(folder.glob("*.auto.gguf")):
            results = {}
            for file_type in FILE_TYPES:
                quantize(source, target, file_type)
                data = target.read_bytes()
                results[file_type] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            golden[source.name.removesuffix(".auto.gguf")] = results
    output.write_text(json.dumps(golden, indent=1) + "\n")


main()
