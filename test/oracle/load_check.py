"""Lets the real llama.cpp load what `pipeline convert` makes of recipes, and generate two tokens. By hand, not in CI.

Usage: python load_check.py dist/lib/cli/main.js test/fixtures/convert/FAMILY.json...     (a Python with llama_cpp)
Prints a line a recipe: `runs`, `loads` (no generation: drafts and parts that need their model), or what llama.cpp said.
Every file is loaded in a process of its own, which may be aborted.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

import repository

CHILD = r"""
import ctypes, sys
import llama_cpp as llama
llama.llama_backend_init()
params = llama.llama_model_default_params()
params.n_gpu_layers = 0
model = llama.llama_model_load_from_file(sys.argv[1].encode(), params)
if not model:
    sys.exit(3)
print("LOADED", flush=True)
settings = llama.llama_context_default_params()
settings.n_ctx, settings.n_batch, settings.n_threads = 64, 64, 1
context = llama.llama_init_from_model(model, settings)
if not context:
    sys.exit(4)
for position in range(2):
    token = (llama.llama_token * 1)(3 + position)
    if llama.llama_decode(context, llama.llama_batch_get_one(token, 1)) != 0:
        sys.exit(5)
print("RUNS", flush=True)
"""


def flags(recipe):
    given = []
    for name, value in recipe.get("options", {}).items():
        given.append("--" + re.sub("[A-Z]", lambda letter: "-" + letter[0].lower(), name))
        if value is not True:
            given.append(str(value))
    return given + (["--pre", recipe["pre"]] if recipe.get("pre") else [])


def check(cli, recipe, tokenizers, scratch):
    folder = repository.build(recipe, tokenizers, scratch)
    more = flags(recipe)
    if "target" in recipe:
        target = {"name": f"{recipe['name']}-target", "dtype": "F32", "tensors": {}, **recipe["target"]}
        more += ["--target-model-dir", repository.build(target, tokenizers, scratch)]
    out = os.path.join(scratch, f"{recipe['name']}.gguf")
    made = subprocess.run(["node", cli, "convert", folder, "-o", out, "--as-reference", *more], capture_output=True, text=True)
    if made.returncode != 0:
        return f"not converted: {made.stderr.strip().splitlines()[-1:]}"
    try:
        loaded = subprocess.run([sys.executable, "-c", CHILD, out], capture_output=True, text=True, timeout=120, errors="replace")
    except subprocess.TimeoutExpired:
        return "no end"
    if "RUNS" in loaded.stdout:
        return "runs"
    said = [line for line in loaded.stderr.splitlines() if re.search("error loading|GGML_ASSERT|error:", line)]
    reason = said[0].strip()[:160] if said else f"exit {loaded.returncode}"
    return f"loads: {reason}" if "LOADED" in loaded.stdout else f"not loaded: {reason}"


def main():
    cli, *paths = sys.argv[1:]
    for path in paths:
        tokenizers = os.path.join(os.path.dirname(path), "tokenizers")
        with open(path, encoding="utf-8") as file:
            for recipe in json.load(file):
                with tempfile.TemporaryDirectory() as scratch:
                    print(f"{recipe['name']}: {check(cli, recipe, tokenizers, scratch)}", flush=True)


main()
