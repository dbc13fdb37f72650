"""What torch makes of the exponential function in single precision, for test/convert/exponential.test.ts.

Usage: python exponential.py > test/fixtures/golden/exponential.json
Digests of the results for pseudo-random numbers: 24 bits each, with so many of them behind the point.
"""

import hashlib
import json

import numpy as np
import torch

import repository

COUNT = 200_000
result = {}
for fraction in (27, 23, 20, 19, 17, 16):
    words = repository.bits(f"exp {fraction}", COUNT) >> np.uint32(8)
    values = (words.astype(np.float32) - np.float32(2**23)) / np.float32(2**fraction)
    exponentials = torch.exp(torch.from_numpy(values)).numpy()
    nearest = np.exp(values.astype(np.float64)).astype(np.float32)
    result[str(fraction)] = {
        "count": COUNT,
        "notNearest": int((exponentials != nearest).sum()),
        "sha256": hashlib.sha256(exponentials.astype("<f4").tobytes()).hexdigest(),
    }
print(json.dumps(result, indent=1))
