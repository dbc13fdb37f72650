"""Builds small model repositories from recipes (test/fixtures/convert/*.json).

test/convert/recipe.ts builds the same bytes: a change here is a change there.
"""

import itertools
import json
import os
import re
import shutil
import struct

import numpy as np

PLACE = re.compile(r"\{(\d+)-(\d+)\}")


def expand(name):
    """`a.{0-1}.b` is `a.0.b` and `a.1.b`; the last place varies fastest."""
    ranges = [range(int(first), int(last) + 1) for first, last in PLACE.findall(name)]
    for numbers in itertools.product(*ranges):
        values = iter(numbers)
        yield PLACE.sub(lambda _: str(next(values)), name)


def seed_of(name):
    """FNV-1a, 32 bits."""
    value = 0x811C9DC5
    for byte in name.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def bits(name, count):
    """`count` pseudo-random 32-bit words: a counter through MurmurHash3's finalizer."""
    x = (np.arange(count, dtype=np.uint64) * 0x9E3779B9 + seed_of(name)).astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def data_of(name, dtype, count, fill="random"):
    words = bits(name, count)
    if fill == "words":
        return words.astype("<u4").tobytes()
    if isinstance(fill, list):
        return np.array(fill, dtype={"I32": np.int32, "F32": np.float32, "U8": np.uint8}.get(dtype, np.int64)).tobytes()
    if fill == "zeros":
        words = np.full_like(words, 0x80000000 if dtype in ("F16", "BF16", "F32", "F64") else 0)
    if dtype == "F8_E8M0":
        return ((words >> np.uint32(29)) + np.uint32(120)).astype(np.uint8).tobytes()
    if dtype in ("U8", "I8", "F8_E4M3", "F8_E5M2"):
        # Without the bit that would make an 8-bit float infinite or no number.
        mask = 0xF7 if dtype.startswith("F8") else 0xFF
        return ((words >> np.uint32(24)) & np.uint32(mask)).astype(np.uint8).tobytes()
    if dtype in ("I32", "I64"):
        return (words >> np.uint32(24)).astype(np.int32 if dtype == "I32" else np.int64).tobytes()
    # Multiples of 2^-11 in [-1, 1): exact in F16, F32 and F64; BF16 is cut off.
    values = ((words >> np.uint32(20)).astype(np.int32) - 2048).astype(np.float32) / np.float32(2048)
    if dtype == "BF16":
        return (values.view(np.uint32) >> np.uint32(16)).astype(np.uint16).tobytes()
    return values.astype({"F16": np.float16, "F32": np.float32, "F64": np.float64}[dtype]).tobytes()


def tensors_of(tensors, usual_dtype):
    for template, entry in tensors.items():
        entry = {"shape": entry} if isinstance(entry, list) else entry
        dtype, fill = entry.get("dtype", usual_dtype), entry.get("fill", "random")
        for name in expand(template):
            yield name, dtype, entry["shape"], fill


def write_safetensors(path, tensors):
    header, at, parts = {}, 0, []
    for name, dtype, shape, fill in tensors:
        data = data_of(name, dtype, int(np.prod(shape, dtype=np.int64)), fill)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
        parts.append(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def build(recipe, tokenizers, parent):
    """Writes the repository `parent`/`recipe['name']` and returns its path."""
    folder = os.path.join(parent, recipe["name"])
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    if "config" in recipe:
        with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as out:
            json.dump(recipe["config"], out)
    if recipe.get("tokenizer"):
        shutil.copytree(os.path.join(tokenizers, recipe["tokenizer"]), folder, dirs_exist_ok=True)
    for path, content in recipe.get("files", {}).items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf-8") as out:
            out.write(content if isinstance(content, str) else json.dumps(content))
    for path, tensors in recipe.get("modules", {}).items():
        os.makedirs(os.path.join(folder, path), exist_ok=True)
        target = os.path.join(folder, path, "model.safetensors")
        write_safetensors(target, list(tensors_of(tensors, recipe["dtype"])))
    tensors, shards = list(tensors_of(recipe["tensors"], recipe["dtype"])), recipe.get("shards", 1)
    weights = recipe.get("weights", "model")
    if shards == 1:
        write_safetensors(os.path.join(folder, f"{weights}.safetensors"), tensors)
        return folder
    weight_map = {}
    for shard in range(shards):
        name = f"{weights}-{shard + 1:05d}-of-{shards:05d}.safetensors"
        write_safetensors(os.path.join(folder, name), tensors[shard::shards])
        weight_map.update({tensor[0]: name for tensor in tensors[shard::shards]})
    with open(os.path.join(folder, f"{weights}.safetensors.index.json"), "w", encoding="utf-8") as out:
        json.dump({"metadata": {}, "weight_map": weight_map}, out)
    return folder
