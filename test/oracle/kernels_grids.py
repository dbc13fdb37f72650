"""Writes digests of what ggml makes of the types with fixed sets of values (IQ*, TQ*, MXFP4, NVFP4, Q1_0, Q2_0).

    python kernels_grids.py --ggml path/to/libggml-base.so --golden test/fixtures/golden/kernels-grids.json IQ4_XS ...

Like kernels.py, except that the edge cases are capped at 2**20: ggml aborts where the error of a grid point exceeds
single precision.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from kernels import TYPES, Ggml, digest, first
from kernels_data import DATASETS, FIRST_ROWS, ROW_LENGTH, ROWS, dataset, importance

GRID_TYPES = [name for name in TYPES if name.startswith(("IQ", "TQ", "MX", "NV", "Q1", "Q2_0"))]


def weights(label):
    return np.clip(dataset(label), np.float32(-(2**20)), np.float32(2**20))


def run(ggml, name, columns):
    encoded = {label: ggml.quantize(name, weights(label), columns) for label in DATASETS}
    read = {label: ggml.dequantize(name, encoded[label]) for label in DATASETS}
    return {
        "first": digest(np.concatenate([first(encoded[label]) for label in DATASETS])),
        "firstRead": digest(np.concatenate([first(read[label]) for label in DATASETS])),
        "encoded": {label: digest(encoded[label]) for label in DATASETS},
        "read": {label: digest(read[label]) for label in DATASETS},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ggml", required=True, help="path of libggml-base")
    parser.add_argument("--golden", required=True, type=Path)
    parser.add_argument("types", nargs="*")
    options = parser.parse_args()
    ggml = Ggml(options.ggml)
    golden = json.loads(options.golden.read_text()) if options.golden.exists() else {}
    types = golden.get("types", {})
    for name in options.types or GRID_TYPES:
        ggml.library.ggml_quantize_init(TYPES[name][0])
        plain = {} if ggml.requires_importance(name) else {"plain": run(ggml, name, None)}
        types[name] = {**plain, "importance": run(ggml, name, importance())}
    shape = {"rowLength": ROW_LENGTH, "rows": ROWS, "firstRows": FIRST_ROWS}
    inputs = {label: digest(weights(label)) for label in DATASETS}
    ordered = {name: types[name] for name in TYPES if name in types}
    content = {"ggml": "0.25.3", **shape, "inputs": inputs, "importance": digest(importance()), "types": ordered}
    options.golden.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    main()
