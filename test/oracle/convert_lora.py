"""Runs llama.cpp's converter of LoRA adapters on small adapters and stores the digests of what it writes.

Usage: python convert_lora.py LLAMA_CPP test/fixtures/adapters.json --golden test/fixtures/golden [--keep DIR]
Writes DIR/adapters.json. A recipe is the configuration of a base model, that of an adapter, and the shapes of its
tensors; test/convert/adapters.test.ts builds the same bytes.
"""

import argparse
import contextlib
import hashlib
import json
import logging
import os
import runpy
import sys
import tempfile

import repository

OUTPUT_TYPES = ["f32", "f16", "q8_0"]


def convert(llama_cpp, adapter, base, outfile, outtype):
    argv = sys.argv
    sys.argv = ["convert", adapter, "--base", base, "--outfile", outfile, "--outtype", outtype]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            runpy.run_path(os.path.join(llama_cpp, "convert_lora_to_gguf.py"), run_name="__main__")
    finally:
        sys.argv = argv


def build(recipe, scratch):
    base = os.path.join(scratch, "base")
    adapter = os.path.join(scratch, recipe["name"])
    os.makedirs(base)
    os.makedirs(adapter)
    with open(os.path.join(base, "config.json"), "w", encoding="utf-8") as out:
        json.dump(recipe["base"], out)
    with open(os.path.join(adapter, "adapter_config.json"), "w", encoding="utf-8") as out:
        json.dump(recipe["adapter"], out)
    for path, content in recipe.get("files", {}).items():
        with open(os.path.join(adapter, path), "w", encoding="utf-8") as out:
            out.write(content)
    tensors = list(repository.tensors_of(recipe["tensors"], recipe["dtype"]))
    repository.write_safetensors(os.path.join(adapter, "adapter_model.safetensors"), tensors)
    return adapter, base


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("llama_cpp")
    parser.add_argument("recipes")
    parser.add_argument("--golden", required=True)
    parser.add_argument("--keep")
    args = parser.parse_args()
    sys.path.insert(0, args.llama_cpp)
    logging.disable(logging.WARNING)
    golden, failed = {}, 0
    with open(args.recipes, encoding="utf-8") as file:
        recipes = json.load(file)
    for recipe in recipes:
        with tempfile.TemporaryDirectory() as scratch:
            adapter, base = build(recipe, scratch)
            results = {}
            for outtype in OUTPUT_TYPES:
                outfile = os.path.join(args.keep or scratch, f"{recipe['name']}.{outtype}.gguf")
                try:
                    convert(args.llama_cpp, adapter, base, outfile, outtype)
                    with open(outfile, "rb") as written:
                        results[outtype] = {"sha256": hashlib.sha256(written.read()).hexdigest(), "size": os.path.getsize(outfile)}
                except BaseException as error:
                    if recipe.get("refused"):
                        results["refused"] = type(error).__name__
                        continue
                    print(f"{recipe['name']} {outtype}: {type(error).__name__}: {error}", file=sys.stderr)
                    failed += 1
            golden[recipe["name"]] = results
            print(recipe["name"], len(results), file=sys.stderr)
    with open(os.path.join(args.golden, "adapters.json"), "w", encoding="utf-8") as out:
        json.dump(golden, out, indent=1)
        out.write("\n")
    sys.exit(1 if failed else 0)


main()
