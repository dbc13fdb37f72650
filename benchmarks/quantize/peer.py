"""Quantizes with an installed libggml-base, told what to do line by line (JSON), for run.mjs."""

import ctypes
import hashlib
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

library = ctypes.CDLL(sys.argv[1])
chunk = library.ggml_quantize_chunk
chunk.restype = ctypes.c_size_t
chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int64] * 3 + [ctypes.c_void_p]
library.ggml_version.restype = ctypes.c_char_p
print(json.dumps({"version": library.ggml_version().decode()}), flush=True)

weights = np.fromfile(sys.argv[2], np.float32)
importance = np.fromfile(sys.argv[3], np.float32)
row_length = importance.size
rows = weights.size // row_length


def run(task, out, pool):
    columns = importance.ctypes.data if task["importance"] else None
    threads = task["threads"]
    # Without threads of its own the clock of this one is exact, however busy the machine.
    if threads == 1:
        chunk(task["id"], weights.ctypes.data, out.ctypes.data, 0, rows, row_length, columns)
        return
    share = -(-rows // (threads * 4))

    def part(first):
        count = min(share, rows - first)
        chunk(task["id"], weights.ctypes.data, out.ctypes.data, first * row_length, count, row_length, columns)

    list(pool.map(part, range(0, rows, share)))


for line in sys.stdin:
    task = json.loads(line)
    out = np.zeros(weights.size // task["blockLength"] * task["blockSize"], np.uint8)
    with ThreadPoolExecutor(task["threads"]) as pool:
        cpu, wall = time.thread_time(), time.perf_counter()
        for _ in range(task["repeat"]):
            run(task, out, pool)
        cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
    digest = hashlib.sha256(out.tobytes()).hexdigest()
    print(json.dumps({"cpu": cpu / task["repeat"], "wall": wall / task["repeat"], "sha256": digest}), flush=True)
