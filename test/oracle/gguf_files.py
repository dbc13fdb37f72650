"""Small GGUF files as gguf-py writes them, for the reader and the writer to agree with.

Usage: gguf_files.py OUTPUT.json        (gguf-py must be importable: PYTHONPATH=llama.cpp/gguf-py)
"""

import argparse
import base64
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFEndian, GGUFReader, GGUFValueType, GGUFWriter
from gguf.scripts.gguf_convert_endian import convert_byteorder

# Types in blocks for which gguf-py can turn the bytes around, with the bytes of a block.
BLOCKS = [("Q4_0", 18), ("Q8_0", 34), ("Q4_K", 144), ("Q6_K", 210), ("TQ2_0", 66), ("Q1_0", 18), ("MXFP4", 17), ("NVFP4", 36)]


def add_metadata(writer: GGUFWriter) -> None:
    writer.add_uint8("t.u8", 255)
    writer.add_int8("t.i8", -128)
    writer.add_uint16("t.u16", 65535)
    writer.add_int16("t.i16", -32768)
    writer.add_uint32("t.u32", 4294967295)
    writer.add_int32("t.i32", -2147483648)
    writer.add_float32("t.f32", 0.1)
    writer.add_bool("t.bool", True)
    writer.add_string("t.str", "gr\u00fc\u00df \U0001f40b")
    writer.add_uint64("t.u64", 2**64 - 1)
    writer.add_int64("t.i64", -(2**63))
    writer.add_float64("t.f64", 0.1)
    for name, kind, values in [
        ("u8", GGUFValueType.UINT8, [0, 7, 255]),
        ("i8", GGUFValueType.INT8, [-1, 2]),
        ("u16", GGUFValueType.UINT16, [1, 65535]),
        ("i16", GGUFValueType.INT16, [-3, 4]),
        ("u32", GGUFValueType.UINT32, [5, 4000000000]),
        ("i32", GGUFValueType.INT32, [-6, 7]),
        ("f32", GGUFValueType.FLOAT32, [0.5, -1.25, 3.0]),
        ("bool", GGUFValueType.BOOL, [True, False, True]),
        ("str", GGUFValueType.STRING, ["a", "", "\u4e2d"]),
        ("u64", GGUFValueType.UINT64, [1, 2**63]),
        ("i64", GGUFValueType.INT64, [-1, 2**62]),
        ("f64", GGUFValueType.FLOAT64, [0.25, 1e300]),
    ]:
        writer.add_key_value(f"a.{name}", values, GGUFValueType.ARRAY, sub_type=kind)


def data(count: int) -> np.ndarray:
    """The bytes 1, 2, ... 251, 1, 2, ...: the same on both sides."""
    return (np.arange(count, dtype=np.uint32) % 251 + 1).astype(np.uint8)


def add_tensors(writer: GGUFWriter, endian: GGUFEndian) -> None:
    def plain(name: str, shape: list[int], kind: str) -> None:
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        writer.add_tensor(name, data(size).view(kind).reshape(shape), tensor_endianess=GGUFEndian.LITTLE)

    plain("f32", [3, 5], "<f4")
    plain("f16", [7], "<f2")
    plain("f64", [2], "<f8")
    plain("i8", [5], "<i1")
    plain("i16", [3], "<i2")
    plain("i32", [1, 3], "<i4")
    plain("i64", [2, 1, 1, 2], "<i8")
    if endian == GGUFEndian.LITTLE:
        for kind, size in [("Q4_0", 18), ("Q8_0", 34), ("Q6_K", 210)]:
            writer.add_tensor(kind, data(2 * size).reshape([2, size]), raw_dtype=GGMLQuantizationType[kind])


def build(folder: Path, endian: GGUFEndian, alignment: int | None, metadata: bool, tensors: bool) -> str:
    path = folder / "file.gguf"
    writer = GGUFWriter(path, "test", endianess=endian)
    if alignment is not None:
        writer.add_custom_alignment(alignment)
    if metadata:
        add_metadata(writer)
    if tensors:
        add_tensors(writer, endian)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return base64.b64encode(path.read_bytes()).decode()


def turned(folder: Path) -> str:
    """A file with types in blocks, turned from little to big endian by gguf-py's own tool."""
    path = folder / "turned.gguf"
    writer = GGUFWriter(path, "test")
    for kind, size in BLOCKS:
        writer.add_tensor(kind, data(3 * size).reshape([3, size]), raw_dtype=GGMLQuantizationType[kind])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    convert_byteorder(GGUFReader(path, "r+"), argparse.Namespace(order="big", dry_run=False))
    return base64.b64encode(path.read_bytes()).decode()


def main() -> None:
    little, big = GGUFEndian.LITTLE, GGUFEndian.BIG
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {
            "everything": build(folder, little, None, True, True),
            "alignment-64": build(folder, little, 64, False, True),
            "alignment-8": build(folder, little, 8, True, True),
            "metadata-only": build(folder, little, None, True, False),
            "big-endian": build(folder, big, None, True, True),
            "turned": turned(folder),
        }
    Path(sys.argv[1]).write_text(json.dumps(files, indent=1) + "\n")


main()
