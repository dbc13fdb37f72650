"""Runs llama.cpp's converter on small repositories and stores the digests of what it writes.

Usage: python convert.py LLAMA_CPP RECIPE.json... --golden DIR [--keep DIR] [--only NAME]...
Writes DIR/convert-<recipe file's name>.json. With --keep the GGUF files stay there, to look at.

A recipe with "target" drafts for the model that it describes there: `--target-model-dir`.

A recipe with "pre" names the pre-tokenizer: the converter identifies it by a hash that no small tokenizer of ours can
have, so its answer is replaced, as `--pre` replaces ours. "oracle" holds arguments that only the converter needs, such
as `--no-lazy` for packed BitNet weights, which its lazy tensors cannot unpack. For a recipe with "refused" (the code of
our error) the kind of the converter's is stored: both must refuse. "trigonometry": "nearest" lets torch compute sines
and cosines in double precision: MKL's single ones miss the nearest number once in twenty times, and not on every
processor the same ones. "arithmetic": "nearest" does the same for dense layers, whose sums MKL carries in an order of
its own.
"""

import argparse
import contextlib
import hashlib
import json
import logging
import os
import re
import sys
import tempfile

import torch

import repository

OUTPUT_TYPES = ["auto", "f32", "f16", "bf16", "q8_0"]


def option_arguments(options, scratch):
    """Options by the names that they have in `convertContent`, as the converter's arguments."""
    arguments = []
    for name, value in options.items():
        if name == "asReference":
            continue
        arguments.append("--" + re.sub("[A-Z]", lambda letter: "-" + letter[0].lower(), name))
        if name == "metadata":
            arguments.append(os.path.join(scratch, "metadata-override.json"))
            with open(arguments[-1], "w", encoding="utf-8") as out:
                json.dump(value, out)
        elif value is not True:
            arguments.append(value)
    return arguments


def convert(module, folder, outfile, outtype, recipe):
    from conversion.base import TextModel
    original = TextModel.get_vocab_base_pre
    if recipe.get("pre"):
        TextModel.get_vocab_base_pre = lambda self, tokenizer: recipe["pre"]
    sine, cosine = torch.sin, torch.cos
    if recipe.get("trigonometry") == "nearest":
        torch.sin = lambda tensor: sine(tensor.double()).float()
        torch.cos = lambda tensor: cosine(tensor.double()).float()
    restore = nearest_layers() if recipe.get("arithmetic") == "nearest" else lambda: None
    argv = sys.argv
    arguments = option_arguments(recipe.get("options", {}), os.path.dirname(folder)) + recipe.get("oracle", [])
    sys.argv = ["convert", folder, "--outfile", outfile, "--outtype", outtype, *arguments]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            module.main()
    finally:
        sys.argv = argv
        TextModel.get_vocab_base_pre = original
        torch.sin, torch.cos = sine, cosine
        restore()
        forget_collected()


def nearest_layers():
    """Dense layers and their activations in double precision, rounded once."""
    import conversion.qwen3tts
    functional, activations = torch.nn.functional, conversion.qwen3tts._ACT2FN
    linear, known = functional.linear, dict(activations)

    def nearest(function):
        return lambda *tensors: function(*(None if tensor is None else tensor.double() for tensor in tensors)).float()

    functional.linear = nearest(linear)
    activations.update({name: nearest(function) for name, function in known.items()})

    def restore():
        functional.linear = linear
        activations.update(known)
    return restore


def forget_collected():
    """Some of the converter's classes keep what they collected for the process's lifetime: one conversion, one process."""
    for module in ("rwkv", "gemma"):
        for model in list(sys.modules.get(f"conversion.{module}", object).__dict__.values()):
            for name in ("lerp_weights", "module_paths", "dense_features_dims"):
                if isinstance(model, type) and isinstance(model.__dict__.get(name), (dict, list)):
                    getattr(model, name).clear()
    forget_prediction()


def forget_prediction():
    """`--mtp` and `--no-mtp` are written into the class of the model, where the next conversion would find them."""
    from conversion.base import ModelBase
    classes = [ModelBase]
    while classes:
        model = classes.pop()
        classes += model.__subclasses__()
        if model is not ModelBase and getattr(model, "supports_mtp_export", False):
            for name in {"mtp_only", "no_mtp"} & set(vars(model)):
                delattr(model, name)


def digest(path):
    with open(path, "rb") as file:
        return {"sha256": hashlib.sha256(file.read()).hexdigest(), "size": os.path.getsize(path)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("llama_cpp")
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--golden", required=True)
    parser.add_argument("--keep")
    parser.add_argument("--only", action="append")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    sys.path.insert(0, args.llama_cpp)
    import convert_hf_to_gguf
    if not args.verbose:
        logging.disable(logging.WARNING)
    failed = 0
    for path in args.recipes:
        with open(path, encoding="utf-8") as file:
            recipes = json.load(file)
        tokenizers = os.path.join(os.path.dirname(path), "tokenizers")
        target = os.path.join(args.golden, f"convert-{os.path.basename(path)}")
        golden = {}
        if os.path.exists(target):
            with open(target, encoding="utf-8") as file:
                golden = json.load(file)
        for recipe in recipes:
            if args.only and recipe["name"] not in args.only:
                continue
            with tempfile.TemporaryDirectory() as scratch:
                folder = repository.build(recipe, tokenizers, scratch)
                if recipe.get("bigEndian"):
                    recipe["oracle"] = recipe.get("oracle", []) + ["--bigendian"]
                if "target" in recipe:
                    target_recipe = {"name": f"{recipe['name']}-target", "dtype": "F32", "tensors": {}, **recipe["target"]}
                    recipe["oracle"] = recipe.get("oracle", []) + ["--target-model-dir", repository.build(target_recipe, tokenizers, scratch)]
                results = {}
                for outtype in recipe.get("outtypes", OUTPUT_TYPES):
                    outfile = os.path.join(args.keep or scratch, f"{recipe['name']}.{outtype}.gguf")
                    try:
                        convert(convert_hf_to_gguf, folder, outfile, outtype, recipe)
                        results[outtype] = digest(outfile)
                    except BaseException as error:
                        if recipe.get("refused"):
                            results["refused"] = type(error).__name__
                            continue
                        if args.verbose:
                            raise
                        print(f"{recipe['name']} {outtype}: {type(error).__name__}: {error}", file=sys.stderr)
                        failed += 1
                golden[recipe["name"]] = results
                print(recipe["name"], len(results), file=sys.stderr)
        names = [recipe["name"] for recipe in recipes]
        golden = {name: golden[name] for name in names if name in golden}
        with open(target, "w", encoding="utf-8") as out:
            json.dump(golden, out, indent=1)
            out.write("\n")
    sys.exit(1 if failed else 0)


main()
