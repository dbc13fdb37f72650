"""What llama.cpp reports of the memory that models take: `golden/memory.json`, which test/deploy/memory.test.ts reads.

Needs the files of write-memory-models.ts, and llama-cpp-python 0.3.36 built on the machine:
    npx jiti test/oracle/write-memory-models.ts DIR-OF-GGUF-FILES
    python test/oracle/memory.py DIR-OF-GGUF-FILES --golden test/fixtures/golden/memory.json
"""

import argparse
import ctypes
import json
import pathlib
import re
import sys

import llama_cpp

LINE = re.compile(r"(\S+)\s+(model|KV|RS|compute|output) buffer size =\s+([0-9.]+) MiB")
lines = []


@llama_cpp.llama_log_callback
def keep(_level, text, _data):
    lines.append(text.decode("utf-8", "replace"))


def measure(path, context, slots, embeds):
    lines.clear()
    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = 0
    params.use_mmap = False
    model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
    if not model:
        return None
    options = llama_cpp.llama_context_default_params()
    options.n_ctx = context
    options.n_seq_max = slots
    options.n_batch = options.n_ubatch = 512
    options.embeddings = embeds
    # As llama-server has it.
    options.swa_full = False
    made = llama_cpp.llama_init_from_model(model, options)
    found = {"model": 0.0, "KV": 0.0, "RS": 0.0, "compute": 0.0, "output": 0.0}
    if made:
        for _device, kind, size in LINE.findall("".join(lines)):
            found[kind] += float(size)
        llama_cpp.llama_free(made)
    llama_cpp.llama_model_free(model)
    return {kind.lower(): round(size, 2) for kind, size in found.items()} if made else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--golden", type=pathlib.Path)
    options = parser.parse_args()
    llama_cpp.llama_log_set(keep, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    golden = []
    for path in sorted(options.folder.glob("*.gguf")):
        for context, slots in ((4096, 1), (8192, 4)):
            try:
                embeds = "bert" in path.name or "embed" in path.name
                reported = measure(path, context, slots, embeds)
            except Exception as error:  # a model that the library refuses is none of this script's
                reported = None
                print(path.name, error, file=sys.stderr)
            if reported is None:
                print("not loaded:", path.name, file=sys.stderr)
                continue
            golden.append({"name": path.stem, "context": context, "slots": slots, "mebibytes": reported})
            print(golden[-1], file=sys.stderr)
    if options.golden:
        rows = ",\n".join(" " + json.dumps(row) for row in golden)
        options.golden.write_text(f"[\n{rows}\n]\n")


main()
