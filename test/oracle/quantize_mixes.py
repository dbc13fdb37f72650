"""What llama_model_quantize of the pinned release makes of small models, for every file type, with and without
importance matrix, and with its options: the types of all tensors and the digest of the file.

Usage: quantize_mixes.py MODELS.json OUTPUT.json        (needs llama-cpp-python==0.3.36 and numpy)

The models are described in test/fixtures/quantize-models.json; their weights come from a counter-based generator that
test/quantize/small-models.ts has, too. Each case runs in a process of its own: the reference ends it on some inputs.
"""

import ctypes
import hashlib
import json
import os
import struct
import sys
import tempfile
from pathlib import Path

import llama_cpp
import numpy as np

VALUE_TYPES = ["UINT8", "INT8", "UINT16", "INT16", "UINT32", "INT32", "FLOAT32", "BOOL", "STRING", "ARRAY", "UINT64", "INT64", "FLOAT64"]
PACK = {"UINT8": "<B", "INT8": "<b", "UINT16": "<H", "INT16": "<h", "UINT32": "<I", "INT32": "<i", "FLOAT32": "<f", "BOOL": "<?",
        "UINT64": "<Q", "INT64": "<q", "FLOAT64": "<d"}
TYPE_IDS = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7, "Q8_0": 8, "Q2_K": 10, "Q3_K": 11, "Q4_K": 12,
            "Q5_K": 13, "Q6_K": 14, "IQ2_XXS": 16, "IQ2_XS": 17, "IQ3_XXS": 18, "IQ1_S": 19, "IQ4_NL": 20, "IQ3_S": 21,
            "IQ2_S": 22, "IQ4_XS": 23, "I32": 26, "IQ1_M": 29, "BF16": 30, "TQ1_0": 34, "TQ2_0": 35, "MXFP4": 39, "NVFP4": 40,
            "Q1_0": 41, "Q2_0": 42}
TYPE_NAMES = {number: name for name, number in TYPE_IDS.items()}
SIZES = {"F32": 4, "F16": 2, "BF16": 2, "I32": 4}
FILE_TYPES = {"F32": 0, "F16": 1, "BF16": 32, "Q4_0": 2, "Q4_1": 3, "Q5_0": 8, "Q5_1": 9, "Q8_0": 7, "Q2_K": 10, "Q2_K_S": 21,
              "Q3_K_S": 11, "Q3_K_M": 12, "Q3_K_L": 13, "Q4_K_S": 14, "Q4_K_M": 15, "Q5_K_S": 16, "Q5_K_M": 17, "Q6_K": 18,
              "IQ1_S": 24, "IQ1_M": 31, "IQ2_XXS": 19, "IQ2_XS": 20, "IQ2_S": 28, "IQ2_M": 29, "IQ3_XXS": 23, "IQ3_XS": 22,
              "IQ3_S": 26, "IQ3_M": 27, "IQ4_NL": 25, "IQ4_XS": 30, "TQ1_0": 36, "TQ2_0": 37, "MXFP4_MOE": 38, "Q1_0": 40,
              "Q2_0": 41}
# Which file types each model goes through without options; the rest of the models takes those that differ for it.
EVERYTHING = list(FILE_TYPES)
SOME = ["Q4_0", "Q8_0", "F16", "Q2_K", "Q2_K_S", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_M", "IQ2_M", "IQ3_XXS",
        "IQ3_XS", "IQ3_S", "IQ3_M", "IQ4_XS", "TQ2_0", "MXFP4_MOE"]


# --- the generator, the same in test/quantize/small-models.ts ---

def seed_of(text):
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def bits(name, count):
    h = (np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(seed_of(name))).astype(np.uint32)
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x85EBCA6B)
    h ^= h >> np.uint32(13)
    h *= np.uint32(0xC2B2AE35)
    h ^= h >> np.uint32(16)
    return h


def weights(name, kind, count):
    h = bits(name, count)
    if kind == "I32":
        return (h & np.uint32(0xFF)).astype("<i4").tobytes()
    width = 12 if kind == "F32" else 7
    mask = np.uint32((1 << width) - 1)
    values = (h & mask).astype(np.int64) + ((h >> np.uint32(width)) & mask).astype(np.int64) - int(mask)
    values = np.where(h >> np.uint32(24) == 0, values * 8, values).astype(np.float32) * np.float32(2.0 ** -(width + 3))
    if kind == "F32":
        return values.astype("<f4").tobytes()
    if kind == "F16":
        return values.astype("<f2").tobytes()
    return (values.view(np.uint32) >> np.uint32(16)).astype("<u2").tobytes()


def importance(name, count):
    return (((bits("importance of " + name, count) & np.uint32(0xFF)) + np.uint32(1)).astype(np.float32) / np.float32(16)).astype(np.float32)


# --- GGUF, just enough of it ---

def pad(data, alignment=32):
    return data + bytes(-len(data) % alignment)


def string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def scalar(kind, value):
    return string(value) if kind == "STRING" else struct.pack(PACK[kind], value)


def entry(key, kind, value, items=None):
    head = string(key) + struct.pack("<I", VALUE_TYPES.index(kind))
    if kind != "ARRAY":
        return head + scalar(kind, value)
    return head + struct.pack("<IQ", VALUE_TYPES.index(items), len(value)) + b"".join(scalar(items, item) for item in value)


def write_gguf(path, metadata, tensors):
    header = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)) + b"".join(entry(*one) for one in metadata)
    offset = 0
    for tensor in tensors:
        dims = tensor["dimensions"]
        header += string(tensor["name"]) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, TYPE_IDS[tensor["type"]], offset)
        offset += len(pad(tensor["data"]))
    path.write_bytes(pad(header) + b"".join(pad(tensor["data"]) for tensor in tensors))


def read_types(path):
    """Names and types of the tensors of a GGUF file."""
    data = path.read_bytes()
    at = 8
    count, keys = struct.unpack_from("<QQ", data, at)
    at += 16

    def take(kind):
        nonlocal at
        if kind == "STRING":
            (length,) = struct.unpack_from("<Q", data, at)
            at += 8 + length
            return data[at - length:at].decode()
        (value,) = struct.unpack_from(PACK[kind], data, at)
        at += struct.calcsize(PACK[kind])
        return value

    for _ in range(keys):
        take("STRING")
        kind = VALUE_TYPES[take("UINT32")]
        if kind == "ARRAY":
            items = VALUE_TYPES[take("UINT32")]
            for _ in range(take("UINT64")):
                take(items)
        else:
            take(kind)
    found = []
    for _ in range(count):
        name = take("STRING")
        for _ in range(take("UINT32")):
            take("UINT64")
        found.append((name, TYPE_NAMES[take("UINT32")]))
        take("UINT64")
    return found


def expand(model):
    """The tensors of a description, in its order, with data."""
    tensors = []
    for tensor in model["tensors"]:
        first = tensor.get("first", 0)
        blocks = range(first, first + tensor["blocks"]) if "blocks" in tensor else [None]
        for block in blocks:
            name = tensor["name"] if block is None else tensor["name"].replace("%", str(block))
            data = weights(name, tensor["type"], int(np.prod(tensor["dimensions"])))
            tensors.append({**tensor, "name": name, "data": data})
    return tensors


# --- the reference ---

def importance_data(tensors):
    """Importance for the matrices of blocks, one row for each expert; none for the rest."""
    return {
        tensor["name"]: importance(tensor["name"], tensor["dimensions"][0] * (tensor["dimensions"] + [1, 1])[2])
        for tensor in tensors
        if len(tensor["dimensions"]) >= 2 and tensor["name"].startswith("blk.") and tensor["name"].endswith("weight")
    }


def override(key, kind, value):
    result = llama_cpp.llama_model_kv_override()
    result.key = key.encode()
    if kind == "int":
        result.tag, result.value.val_i64 = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_INT, value
    elif kind == "float":
        result.tag, result.value.val_f64 = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_FLOAT, value
    elif kind == "bool":
        result.tag, result.value.val_bool = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_BOOL, value
    else:
        result.tag, result.value.val_str = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_STR, value.encode()
    return result


def quantize(source, target, file_type, options, matrix):
    """Runs the reference; what llama-quantize does with its arguments is done here, too."""
    keep = []  # what the structure points to
    params = llama_cpp.llama_model_quantize_default_params()
    params.nthread = 1
    params.ftype = FILE_TYPES.get(file_type, 0)
    params.only_copy = file_type == "COPY"
    params.pure = options.get("pure", False)
    params.allow_requantize = options.get("allowRequantize", False)
    params.quantize_output_tensor = not options.get("leaveOutputTensor", False)
    params.keep_split = options.get("keepSplit", False)
    if "outputTensorType" in options:
        params.output_tensor_type = TYPE_IDS[options["outputTensorType"]]
    if "tokenEmbeddingType" in options:
        params.token_embedding_type = TYPE_IDS[options["tokenEmbeddingType"]]
    overrides = [override(*one) for one in options.get("overrideKv", [])]
    if matrix is not None:
        array = (llama_cpp.llama_model_imatrix_data * (len(matrix) + 1))()
        for slot, (name, values) in zip(array, matrix.items()):
            slot.name = name.encode()
            slot.data = values.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
            slot.size = len(values)
        keep.append(array)
        params.imatrix = ctypes.cast(array, type(params.imatrix)) if not isinstance(params.imatrix, (int, type(None))) else ctypes.addressof(array)
        overrides += [override("quantize.imatrix.file", "str", "imatrix.gguf"), override("quantize.imatrix.dataset", "str", "calibration.txt"),
                      override("quantize.imatrix.entries_count", "int", len(matrix)), override("quantize.imatrix.chunks_count", "int", 7)]
    if overrides:
        array = (llama_cpp.llama_model_kv_override * (len(overrides) + 1))(*overrides)
        keep.append(array)
        params.kv_overrides = ctypes.cast(array, type(params.kv_overrides)) if not isinstance(params.kv_overrides, (int, type(None))) else ctypes.addressof(array)
    if "tensorTypes" in options:
        array = (llama_cpp.llama_model_tensor_override * (len(options["tensorTypes"]) + 1))()
        for slot, (pattern, kind) in zip(array, options["tensorTypes"]):
            slot.pattern = pattern.encode()
            slot.type = TYPE_IDS[kind]
        keep.append(array)
        params.tt_overrides = ctypes.cast(array, type(params.tt_overrides)) if not isinstance(params.tt_overrides, (int, type(None))) else ctypes.addressof(array)
    if "pruneLayers" in options:
        array = (ctypes.c_int32 * (len(options["pruneLayers"]) + 1))(*options["pruneLayers"], -1)
        keep.append(array)
        params.prune_layers = ctypes.cast(array, type(params.prune_layers)) if not isinstance(params.prune_layers, (int, type(None))) else ctypes.addressof(array)
    return llama_cpp.llama_model_quantize(str(source).encode(), str(target).encode(), ctypes.byref(params))


def in_child(work):
    """Runs `work` in a child process; its JSON answer, or None when the process ended in another way."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receive)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.write(send, json.dumps(work()).encode())
        os._exit(0)
    os.close(send)
    with os.fdopen(receive, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return json.loads(answer) if answer else None


def run_case(folder, sources, file_type, options, matrix):
    for old in folder.glob("out*"):
        old.unlink()
    target = folder / ("out" if options.get("keepSplit") else "out.gguf")
    status = in_child(lambda: quantize(sources[0], target, file_type, options, matrix))
    if status != 0:
        return {"error": "refused" if status is not None else "aborted"}
    files = sorted(folder.glob("out*"))
    types = [kind for file in files for _, kind in read_types(file)]
    letters = {kind: chr(ord("A") + index) for index, kind in enumerate(sorted(TYPE_IDS))}
    return {
        "types": "".join(letters[kind] if letters[kind] <= "Z" else chr(ord(letters[kind]) + 6) for kind in types),
        "files": [[file.name, file.stat().st_size, hashlib.sha256(file.read_bytes()).hexdigest()] for file in files],
    }


OPTION_CASES = [
    ("dense-gqa", "Q4_K_M", False, {"pure": True}),
    ("dense-gqa", "IQ2_XS", True, {"pure": True}),
    ("dense-gqa", "IQ2_XS", False, {"pure": True}),
    ("dense-gqa", "Q4_K_M", False, {"leaveOutputTensor": True}),
    ("dense-gqa", "Q4_K_M", False, {"outputTensorType": "Q5_0", "tokenEmbeddingType": "Q8_0"}),
    ("tied-odd-rows", "Q4_K_M", False, {"outputTensorType": "Q5_0"}),
    ("tied-odd-rows", "Q4_K_M", False, {"tokenEmbeddingType": "Q5_1"}),
    ("tied-odd-rows", "Q4_K_M", False, {"pure": True}),
    ("tied-odd-rows", "Q8_0", False, {"pure": True}),
    ("dense-gqa", "Q4_K_M", False, {"tensorTypes": [["attn_v", "Q8_0"], ["blk\\.[0-3]\\.ffn", "Q5_1"], ["attn", "Q4_0"]]}),
    ("dense-gqa", "Q4_K_M", False, {"pure": True, "tensorTypes": [["ffn_down", "Q6_K"]]}),
    ("dense-gqa", "F16", False, {"tensorTypes": [["attn_v", "Q8_0"]]}),
    ("dense-gqa", "Q4_0", False, {"tensorTypes": [["attn_v", "F16"], ["attn_k", "BF16"], ["attn_q", "F32"]]}),
    ("dense-gqa", "Q4_K_M", True, {"pruneLayers": [3, 4, 10]}),
    ("dense-gqa", "Q4_K_M", False, {"pruneLayers": [0]}),
    ("dense-gqa", "COPY", False, {"pruneLayers": [15]}),
    ("moe-8", "Q4_K_M", False, {"pruneLayers": [1, 2]}),
    ("dense-gqa", "Q4_0", False, {"overrideKv": [["general.name", "str", "other"], ["extra.i", "int", -5], ["extra.f", "float", 0.1], ["extra.b", "bool", True]]}),
    ("dense-gqa", "Q2_K", False, {"overrideKv": [["llama.attention.head_count_kv", "int", 8]]}),
    ("dense-gqa", "COPY", False, {}),
    ("plain-f32", "COPY", False, {}),
    ("odd-names", "COPY", False, {}),
    ("odd-names", "Q4_0", False, {"tokenEmbeddingType": "Q8_0"}),
    ("odd-names", "Q4_0", False, {"tokenEmbeddingType": "Q8_0", "tensorTypes": [["per_layer_token", "Q5_0"]]}),
    ("dense-gqa", "Q4_K_M", False, {"from": "Q8_0"}),
    ("dense-gqa", "Q4_K_M", False, {"from": "Q8_0", "allowRequantize": True}),
    ("dense-gqa", "Q8_0", False, {"from": "Q8_0"}),
    ("dense-gqa", "F16", False, {"from": "Q4_0", "allowRequantize": True}),
    ("dense-gqa", "Q5_K_M", True, {"from": "Q4_K_M", "allowRequantize": True}),
    ("dense-gqa", "Q4_K_M", False, {"splits": [3, 90], "keepSplit": True}),
    ("dense-gqa", "Q4_K_M", False, {"splits": [3, 90]}),
    ("dense-gqa", "F16", False, {"splits": [50], "keepSplit": True}),
    ("moe-8", "Q8_0", False, {"splits": [89, 90], "keepSplit": True, "pruneLayers": [7]}),
    ("clip", "Q8_0", False, {"splits": [5], "keepSplit": True}),
    ("clip", "Q8_0", False, {"splits": [5]}),
]


def sources_of(folder, model, options):
    """The input file, or files when the case asks for splits."""
    tensors = expand(model)
    if "splits" in options:
        cuts = [0, *options["splits"], len(tensors)]
        paths = []
        for number, (start, end) in enumerate(zip(cuts, cuts[1:])):
            path = folder / f"in-{number + 1:05d}-of-{len(cuts) - 1:05d}.gguf"
            metadata = (model["metadata"] if number == 0 else []) + [["split.no", "UINT16", number], ["split.count", "UINT16", len(cuts) - 1], ["split.tensors.count", "INT32", len(tensors)]]
            write_gguf(path, metadata, tensors[start:end])
            paths.append(path)
        return paths, tensors
    path = folder / "in.gguf"
    write_gguf(path, model["metadata"], tensors)
    if "from" in options:
        middle = folder / "middle.gguf"
        assert in_child(lambda: quantize(path, middle, options["from"], {}, None)) == 0
        return [middle], tensors
    return [path], tensors


def main():
    models = json.loads(Path(sys.argv[1]).read_text())
    for number in TYPE_IDS.values():
        llama_cpp_lib_init(number)
    cases = []
    for name in (name for name in models if name != "large"):
        for kind in EVERYTHING if name in ("dense-gqa", "tied-odd-rows", "moe-8", "falcon") else SOME:
            cases += [(name, kind, False, {}), (name, kind, True, {})]
    cases += OPTION_CASES
    result = {"letters": sorted(TYPE_IDS), "cases": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for model, kind, with_matrix, options in cases:
            for old in folder.iterdir():
                old.unlink()
            sources, tensors = sources_of(folder, models[model], options)
            matrix = importance_data(tensors) if with_matrix else None
            outcome = run_case(folder, sources, kind, options, matrix)
            result["cases"].append({"model": model, "fileType": kind, "imatrix": with_matrix, "options": options, **outcome})
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in result["cases"])
    Path(sys.argv[2]).write_text('{"letters":' + json.dumps(result["letters"]) + ',"cases":[\n' + lines + "\n]}\n")


def llama_cpp_lib_init(number):
    """Builds the tables of the grid types once, in the parent of all cases."""
    folder = Path(llama_cpp.__file__).parent / "lib"
    library = ctypes.CDLL(str(next(folder.glob("libggml-base.so*"))))
    library.ggml_quantize_init(ctypes.c_int(number))


if __name__ == "__main__":
    main()
