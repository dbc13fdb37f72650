"""Test weights from integer PRNG bits, the same in test/quantize/kernel-data.ts."""

import numpy as np

ROW_LENGTH = 2048
ROWS = 128
FIRST_ROWS = 4
DATASETS = ["normal", "uniform", "bf16", "sparse", "magnitudes", "ties", "edges"]
# Random bit patterns, NaN and infinities among them: only conversions between floats define what becomes of those.
PATTERNS = "patterns"

u32 = np.uint32


def noise(seed: int, n: int) -> np.ndarray:
    """n hashes of 32 bits (the finalizer of MurmurHash3 over a counter)."""
    x = np.arange(n, dtype=np.uint32) + u32((seed * 0x9E3779B9) & 0xFFFFFFFF)
    x ^= x >> u32(16)
    x *= u32(0x85EBCA6B)
    x ^= x >> u32(13)
    x *= u32(0xC2B2AE35)
    x ^= x >> u32(16)
    return x


def normal(seed: int, n: int) -> np.ndarray:
    """Sums of four uniform numbers, one weight in 97 sixteen times as large."""
    a, b, c = (noise(seed + i, n) for i in range(3))
    total = ((a & u32(0xFFFF)) + (a >> u32(16)) + (b & u32(0xFFFF)) + (b >> u32(16))).astype(np.int64) - 131070
    return (np.where(c % u32(97) == 0, total * 16, total) * 2.0**-20).astype(np.float32)


def magnitudes(seed: int, n: int) -> np.ndarray:
    """Exponents from 2^-40 to 2^15, uniformly."""
    a, b = noise(seed, n), noise(seed + 1, n)
    return ((a & u32(0x807FFFFF)) | ((u32(87) + b % u32(56)) << u32(23))).view(np.float32)


def edges(seed: int, n: int) -> np.ndarray:
    """Blocks of 256 of one kind each, then blocks that mix the kinds every 16 weights."""
    h = noise(seed, n)
    index = np.arange(n, dtype=np.uint32)
    half = u32(n // 2)
    kind = np.where(index < half, index // u32(256), index // u32(16) * u32(7)) % u32(16)
    sign = (h & u32(1)) << u32(31)
    jitter = (h >> u32(8)) & u32(0x7F)
    one = u32(0x3F800000)
    first = index % u32(256) == h[0] % u32(256)
    bits = np.select(
        [kind == k for k in range(16)],
        [
            np.zeros(n, u32),  # zeros
            sign,  # +0 and -0
            np.full(n, 0x3F4CCCCD, u32),  # one constant
            np.full(n, 0xBF4CCCCD, u32),
            one | jitter,  # a constant with a little noise
            np.where(first, u32(0x42C80000), u32(0)),  # one outlier among zeros
            np.where(first, u32(0xC2C80000), sign | u32(0x3A83126F)),  # one outlier among small weights
            sign | (h >> u32(9)),  # denormal
            sign | (h >> u32(28)),  # the smallest denormals
            sign | u32(0x7F7FFFFF),  # the largest finite number, either sign
            u32(0x3F000000) | (h >> u32(9)),  # positive only
            u32(0xBF000000) | (h >> u32(9)),  # negative only
            sign | u32(0x26901D7D) + jitter * u32(0x8000),  # around 1e-15
            sign | (u32(0x47000000) + (h >> u32(8))),  # scales at the end of half precision
            sign | (u32(0x33000000) + (h >> u32(8))),  # scales that are denormal in half precision
            np.where(h % u32(3) == 0, sign | one, sign),  # signs and zeros
        ],
    )
    return bits.astype(np.uint32).view(np.float32)


def dataset(name: str) -> np.ndarray:
    n = ROWS * ROW_LENGTH
    if name == "normal":
        return normal(1, n)
    if name == "uniform":
        return (((noise(11, n) >> u32(8)).astype(np.int64) - 2**23) * 2.0**-26).astype(np.float32)
    if name == "bf16":
        return (normal(21, n).view(np.uint32) & u32(0xFFFF0000)).view(np.float32)
    if name == "sparse":
        return np.where(noise(31, n) % u32(4) == 0, normal(32, n), np.float32(0))
    if name == "magnitudes":
        return magnitudes(41, n)
    if name == "ties":
        return (((noise(51, n) % u32(33)).astype(np.int64) - 16) * 0.5).astype(np.float32)
    if name == "edges":
        return edges(61, n)
    if name == PATTERNS:
        return noise(71, n).view(np.float32)
    raise ValueError(name)


def importance() -> np.ndarray:
    """One number a column, none of them negative, one in 20 zero."""
    h = noise(81, ROW_LENGTH)
    return np.where(h % u32(20) == 0, 0, ((h & u32(0xFFFF)).astype(np.int64) + 1) * 2.0**-12).astype(np.float32)
