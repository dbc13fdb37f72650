"""Writes digests of what ggml makes of the types with fixed sets of values (IQ*, TQ*, MXFP4, NVFP4, Q1_0, Q2_0).

    python kernels_grids.py --ggml path/to/libggml-base.so --golden test/fixtures/golden/kernels-grids.json IQ4_XS ...

Like kernels.py, except that the edge cases are capped at 2**20: ggml aborts where the error of a grid point exceeds
single precision.
"""

import numpy as np

from kernels import TYPES, write_golden
from kernels_data import DATASETS, dataset

LARGEST = np.float32(2**20)
GRID_TYPES = [name for name in TYPES if name.startswith(("IQ", "TQ", "MX", "NV", "Q1", "Q2_0"))]

if __name__ == "__main__":
    write_golden(__doc__, GRID_TYPES, {label: np.clip(dataset(label), -LARGEST, LARGEST) for label in DATASETS})
