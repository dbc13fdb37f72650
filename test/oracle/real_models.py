"""Digests of the real models as the pinned llama.cpp converts and quantizes them.

Usage: real_models.py LLAMA_CPP_DIR OUT.json NAME=REPOSITORY_DIR...
Run with the converter's Python; the quantizer's Python (with llama_cpp) is named by the environment variable
QUANTIZE_PYTHON. The repository directory's name goes into the metadata: it must be NAME.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

OUTTYPES = ["f32", "f16", "bf16", "q8_0", "auto"]
FILE_TYPES = ["Q8_0", "Q4_0", "Q4_K_M", "Q6_K"]
QUANTIZE = """
import ctypes, sys, llama_cpp
source, target, name = sys.argv[1:]
params = llama_cpp.llama_model_quantize_default_params()
params.ftype = getattr(llama_cpp, "LLAMA_FTYPE_MOSTLY_" + name)
sys.exit(llama_cpp.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(params)))
"""


def facts(path):
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "size": path.stat().st_size}


def main():
    llama_cpp, out, *models = sys.argv[1:]
    golden = {}
    for model in models:
        name, repository = model.split("=")
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            link = scratch / name
            link.symlink_to(os.path.abspath(repository))
            result = {"convert": {}, "quantize": {}}
            for outtype in OUTTYPES:
                target = scratch / f"{outtype}.gguf"
                command = [sys.executable, f"{llama_cpp}/convert_hf_to_gguf.py", str(link)]
                subprocess.run(
                    [*command, "--outfile", str(target), "--outtype", outtype], check=True, stderr=subprocess.DEVNULL
                )
                result["convert"][outtype] = facts(target)
            for file_type in FILE_TYPES:
                target = scratch / f"{file_type}.gguf"
                command = [os.environ["QUANTIZE_PYTHON"], "-c", QUANTIZE, str(scratch / "auto.gguf"), str(target)]
                subprocess.run([*command, file_type], check=True, stderr=subprocess.DEVNULL)
                result["quantize"][file_type] = facts(target)
            golden[name] = result
    pathlib.Path(out).write_text(json.dumps(golden, indent=2) + "\n")


main()
