"""Prints the table of workers/known-blocks.ts: what ggml makes of one known row, as SHA-256.

    python known_blocks.py path/to/libggml-base.so

Needs numpy.
"""

import ctypes
import hashlib
import sys

import numpy as np

LENGTH = 256
# name: id (ggml.h). One type of each family of algorithms; of the grid types the one whose tables are made in a tenth
# of a second and not in several.
TYPES = {"Q4_0": 2, "Q5_1": 7, "Q8_0": 8, "Q2_K": 10, "Q4_K": 12, "Q6_K": 14, "IQ3_XXS": 18,
         "IQ4_NL": 20, "TQ1_0": 34, "MXFP4": 39, "NVFP4": 40}  # fmt: skip


def main(path):
    library = ctypes.CDLL(path)
    chunk = library.ggml_quantize_chunk
    chunk.restype = ctypes.c_size_t
    chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [ctypes.c_void_p]
    i = np.arange(LENGTH)
    weights = (((i * 37 + 11) % 255 - 127) / 64).astype(np.float32)
    importance = ((1 + i % 7) / 4).astype(np.float32)
    for name, number in TYPES.items():
        out = np.zeros(4 * LENGTH, np.uint8)
        size = chunk(number, weights.ctypes.data, out.ctypes.data, 0, 1, LENGTH, importance.ctypes.data)
        print(f"  ['{name}', '{hashlib.sha256(out[:size].tobytes()).hexdigest()}'],")


main(sys.argv[1])
