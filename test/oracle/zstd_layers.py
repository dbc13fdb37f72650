"""Layers compressed by the real `zstd` command, and what is in them.

A tar with one file of 400,000 bytes (an integer generator, so that other sides can make it too), compressed in every way
that ends up as another kind of frame. Skippable frames follow RFC 8878, section 3.1.2.
    python test/oracle/zstd_layers.py --zstd zstd --out test/fixtures/zstd
"""

import argparse
import hashlib
import io
import json
import pathlib
import subprocess
import tarfile

PATH, SIZE = "models/tiny.gguf", 400_000


def content():
    """Words of twenty letters, so that there are matches near and far, and stretches of one byte and of noise."""
    state, out = 1, bytearray()
    while len(out) < SIZE:
        state = (state * 1103515245 + 12345) % 2**31
        kind = (state >> 16) % 1024
        if kind == 0:
            out += bytes([state % 251]) * 300
        elif kind < 8:
            out += state.to_bytes(4, "little")
        else:
            word = (state >> 12) % 23
            out += bytes(97 + (word * factor + factor) % 26 for factor in range(20))
    return bytes(out[:SIZE])


def layer():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(PATH)
        info.size = SIZE
        tar.addfile(info, io.BytesIO(content()))
    return buffer.getvalue()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--zstd", default="zstd")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    tar = layer()

    def zstd(data, *flags):
        command = [arguments.zstd, "-q", "-c", *flags]
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout

    arguments.out.mkdir(parents=True, exist_ok=True)
    plain = arguments.out / "plain.tar"
    plain.write_bytes(tar)
    sized = subprocess.run([arguments.zstd, "-q", "-c", "-3", plain], stdout=subprocess.PIPE, check=True).stdout
    plain.unlink()
    noise = hashlib.shake_256(b"noise").digest(2000)
    skippable = bytes.fromhex("5a2a4d18") + (5).to_bytes(4, "little") + b"extra"
    parts = [tar[start : start + 50_000] for start in range(0, len(tar), 50_000)]
    frames = {
        "sized": sized,
        "streamed": zstd(tar, "-3"),
        "fast": zstd(tar, "--fast=5", "--no-check"),
        "ultra": zstd(tar, "--ultra", "-22"),
        "small-window": zstd(tar, "--zstd=wlog=10"),
        "raw-blocks": zstd(bytes(512)) + zstd(noise),
        "frames": skippable + b"".join(zstd(part) + skippable for part in parts) + zstd(b""),
        "window-256-mib": zstd(tar, "--long=28"),
    }
    digests = {"sha256": content(), "tar": tar, "noise": bytes(512) + noise}
    golden = {"path": PATH} | {name: hashlib.sha256(data).hexdigest() for name, data in digests.items()}
    for name, data in frames.items():
        (arguments.out / f"{name}.zst").write_bytes(data)
    (arguments.out / "golden.json").write_text(json.dumps(golden, indent=2) + "\n")


if __name__ == "__main__":
    main()
