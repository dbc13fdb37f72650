"""Writes digests of what ggml quantizes and dequantizes into a golden file.

    python kernels.py --ggml path/to/libggml-base.so --golden test/fixtures/golden/kernels.json Q8_0 Q4_K ...

Only the named types are replaced in the file; without names, all. Needs numpy. Made with ggml 0.25.3 built for
baseline x86-64 without fused multiply-add (the library inside llama-cpp-python 0.3.36).
"""

import argparse
import ctypes
import hashlib
import json
from pathlib import Path

import numpy as np

from kernels_data import DATASETS, FIRST_ROWS, PATTERNS, ROW_LENGTH, ROWS, dataset, importance

# name: (id, weights in a block, bytes of a block), ggml.h
TYPES = {
    "F16": (1, 1, 2), "BF16": (30, 1, 2), "Q8_0": (8, 32, 34),
    "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20), "Q5_0": (6, 32, 22), "Q5_1": (7, 32, 24),
    "Q2_K": (10, 256, 84), "Q3_K": (11, 256, 110), "Q4_K": (12, 256, 144), "Q5_K": (13, 256, 176), "Q6_K": (14, 256, 210),
    "IQ2_XXS": (16, 256, 66), "IQ2_XS": (17, 256, 74), "IQ3_XXS": (18, 256, 98), "IQ1_S": (19, 256, 50),
    "IQ4_NL": (20, 32, 18), "IQ3_S": (21, 256, 110), "IQ2_S": (22, 256, 82), "IQ4_XS": (23, 256, 136), "IQ1_M": (29, 256, 56),
    "TQ1_0": (34, 256, 54), "TQ2_0": (35, 256, 66), "MXFP4": (39, 32, 17), "NVFP4": (40, 64, 36),
    "Q1_0": (41, 128, 18), "Q2_0": (42, 64, 18),
}  # fmt: skip
FLOATS = {"F16": "ggml_fp16_to_fp32_row", "BF16": "ggml_bf16_to_fp32_row"}


def pointer(array):
    return None if array is None else array.ctypes.data_as(ctypes.c_void_p)


class Ggml:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)
        chunk = self.library.ggml_quantize_chunk
        chunk.restype = ctypes.c_size_t
        chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [ctypes.c_void_p]
        self.library.ggml_quantize_requires_imatrix.restype = ctypes.c_bool

    def requires_importance(self, name):
        return self.library.ggml_quantize_requires_imatrix(TYPES[name][0])

    def quantize(self, name, x, columns):
        number, length, size = TYPES[name]
        rows = x.size // ROW_LENGTH
        out = np.zeros(x.size // length * size, np.uint8)
        written = self.library.ggml_quantize_chunk(number, pointer(x), pointer(out), 0, rows, ROW_LENGTH, pointer(columns))
        assert written == out.size
        return out

    def dequantize(self, name, data):
        _, length, size = TYPES[name]
        symbol = FLOATS.get(name, "dequantize_row_" + name.lower().replace("_k", "_K"))
        function = getattr(self.library, symbol)
        function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
        out = np.zeros(data.size // size * length, np.float32)
        function(pointer(data), pointer(out), out.size)
        # The sign and payload of a NaN that arithmetic makes are the processor's own affair.
        return np.where(np.isnan(out), np.float32(np.nan), out)


def digest(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


def first(encoded):
    return encoded[: encoded.size // ROWS * FIRST_ROWS]


def run(ggml, name, columns, sets):
    """Digests of one type: of every data set (weights by label), and of the first rows of all data sets together."""
    encoded = {label: ggml.quantize(name, weights, columns) for label, weights in sets.items()}
    read = {label: ggml.dequantize(name, blocks) for label, blocks in encoded.items()}
    return {
        "first": digest(np.concatenate([first(blocks) for blocks in encoded.values()])),
        "firstRead": digest(np.concatenate([first(weights) for weights in read.values()])),
        "encoded": {label: digest(blocks) for label, blocks in encoded.items()},
        "read": {label: digest(weights) for label, weights in read.items()},
    }


def write_golden(description, names, inputs, labels_of=lambda name: DATASETS):
    """The program: writes digests of the types given on the command line, or of all `names`.

    `inputs` has the weights of every data set; `labels_of` tells which of them a type is given.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--ggml", required=True, help="path of libggml-base")
    parser.add_argument("--golden", required=True, type=Path)
    parser.add_argument("types", nargs="*")
    options = parser.parse_args()
    ggml = Ggml(options.ggml)
    golden = json.loads(options.golden.read_text()) if options.golden.exists() else {}
    types = golden.get("types", {})
    for name in options.types or names:
        sets = {label: inputs[label] for label in labels_of(name)}
        plain = {} if ggml.requires_importance(name) else {"plain": run(ggml, name, None, sets)}
        types[name] = {**plain, "importance": run(ggml, name, importance(), sets)}
    content = {
        "ggml": "0.25.3",
        "rowLength": ROW_LENGTH,
        "rows": ROWS,
        "firstRows": FIRST_ROWS,
        "inputs": {label: digest(weights) for label, weights in inputs.items()},
        "importance": digest(importance()),
        "types": {name: types[name] for name in TYPES if name in types},
    }
    options.golden.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    labels = [*DATASETS, PATTERNS]
    write_golden(
        __doc__, TYPES, {label: dataset(label) for label in labels}, lambda name: labels if name in FLOATS else DATASETS
    )
