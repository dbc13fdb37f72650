"""Writes what Python's `safetensors` (the Rust crate) thinks of small hand-made files.

Usage: python safetensors_verdicts.py OUTPUT.json
Each case is stored with its bytes (hexadecimal), so that the tests judge exactly the same files without Python.
"""

import importlib.metadata
import json
import os
import struct
import sys
import tempfile

from safetensors import safe_open


def file(header, data=b"", length=None):
    raw = header if isinstance(header, bytes) else header.encode("utf-8")
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def tensor(dtype="F32", shape="[2]", offsets="[0,8]"):
    return '{"dtype":"%s","shape":%s,"data_offsets":%s}' % (dtype, shape, offsets)


ONE = '{"a":%s}'
CASES = {
    "one tensor": file(ONE % tensor(), bytes(8)),
    "no tensors": file("{}"),
    "padded with spaces": file(ONE % tensor() + "    ", bytes(8)),
    "metadata": file('{"__metadata__":{"format":"pt"},"a":%s}' % tensor(), bytes(8)),
    "scalar": file(ONE % tensor(shape="[]", offsets="[0,4]"), bytes(4)),
    "empty tensor": file(ONE % tensor(shape="[0]", offsets="[0,0]")),
    "two tensors": file('{"a":%s,"b":%s}' % (tensor(), tensor(offsets="[8,16]")), bytes(16)),
    "header order differs from data order": file('{"b":%s,"a":%s}' % (tensor(offsets="[8,16]"), tensor()), bytes(16)),
    "name __proto__": file('{"__proto__":%s}' % tensor(), bytes(8)),
    "escaped name": file('{"a\\u0062\\"":%s}' % tensor(), bytes(8)),
    "emoji name": file('{"\U0001f680":%s}' % tensor(), bytes(8)),
    "shape with a zero": file(ONE % tensor(shape="[3,0,5]", offsets="[0,0]")),
    "boolean": file(ONE % tensor("BOOL", "[3]", "[0,3]"), bytes(3)),
    "float 8": file(ONE % tensor("F8_E4M3", "[3]", "[0,3]"), bytes(3)),
    "float 4, even": file(ONE % tensor("F4", "[4]", "[0,2]"), bytes(2)),
    "float 4, odd": file(ONE % tensor("F4", "[3]", "[0,2]"), bytes(2)),
    "empty file": b"",
    "seven bytes": bytes(7),
    "length 0": file(b""),
    "length 2^63": file("{}", length=1 << 63),
    "length one past the file": file("{}", length=3),
    "length over the limit": file("{}", length=100_000_001),
    "not JSON": file("{a:1}"),
    "byte order mark": file("\ufeff{}"),
    "leading space": file(" {}"),
    "array at the top": file("[]"),
    "trailing bytes in the header": file("{}x"),
    "two objects": file("{}{}"),
    "not UTF-8": file(b'{"\xff":%s}' % tensor().encode(), bytes(8)),
    "half a surrogate pair": file('{"\\ud800":%s}' % tensor(), bytes(8)),
    "control character in a name": file('{"a\nb":%s}' % tensor(), bytes(8)),
    "truncated data": file(ONE % tensor(), bytes(7)),
    "trailing data": file(ONE % tensor(), bytes(9)),
    "hole at the start": file(ONE % tensor(offsets="[4,12]"), bytes(12)),
    "hole in the middle": file('{"a":%s,"b":%s}' % (tensor(), tensor(offsets="[12,20]")), bytes(20)),
    "overlap": file('{"a":%s,"b":%s}' % (tensor(), tensor(offsets="[4,12]")), bytes(12)),
    "same range twice": file('{"a":%s,"b":%s}' % (tensor(), tensor()), bytes(8)),
    "offsets reversed": file(ONE % tensor(offsets="[8,0]"), bytes(8)),
    "negative offset": file(ONE % tensor(offsets="[-8,0]"), bytes(8)),
    "float offset": file(ONE % tensor(offsets="[0,8.0]"), bytes(8)),
    "exponent offset": file(ONE % tensor(offsets="[0,8e0]"), bytes(8)),
    "leading zero": file(ONE % tensor(offsets="[0,08]"), bytes(8)),
    "string offset": file(ONE % tensor(offsets='[0,"8"]'), bytes(8)),
    "one offset": file(ONE % tensor(offsets="[8]"), bytes(8)),
    "three offsets": file(ONE % tensor(offsets="[0,8,8]"), bytes(8)),
    "offset 2^53+1": file(ONE % tensor(offsets="[0,9007199254740993]"), bytes(8)),
    "offset 2^64": file(ONE % tensor(offsets="[0,18446744073709551616]"), bytes(8)),
    "shape does not fit": file(ONE % tensor(shape="[3]"), bytes(8)),
    "shape overflows": file(ONE % tensor(shape="[4294967296,4294967296,4294967296]"), bytes(8)),
    "shape overflows before a zero": file(ONE % tensor(shape="[4294967296,4294967296,4294967296,0]", offsets="[0,0]")),
    "negative dimension": file(ONE % tensor(shape="[-2]"), bytes(8)),
    "unknown type": file(ONE % tensor("F33"), bytes(8)),
    "type in lower case": file(ONE % tensor("f32"), bytes(8)),
    "no type": file('{"a":{"shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    "no shape": file('{"a":{"dtype":"F32","data_offsets":[0,8]}}', bytes(8)),
    "null tensor": file('{"a":null}'),
    "metadata with a number": file('{"__metadata__":{"a":1},"a":%s}' % tensor(), bytes(8)),
    "metadata is a list": file('{"__metadata__":[],"a":%s}' % tensor(), bytes(8)),
    "metadata nested": file('{"__metadata__":{"a":{"b":"c"}},"a":%s}' % tensor(), bytes(8)),
    "metadata twice": file('{"__metadata__":{},"__metadata__":{},"a":%s}' % tensor(), bytes(8)),
    "name twice": file('{"a":%s,"a":%s}' % (tensor(), tensor()), bytes(8)),
    "field twice": file('{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    "unknown field": file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}', bytes(8)),
    "rank 9": file(ONE % tensor(shape="[1,1,1,1,1,1,1,1,2]"), bytes(8)),
    "empty name": file('{"":%s}' % tensor(), bytes(8)),
    "comment": file("{/**/}"),
    "trailing comma": file('{"a":%s,}' % tensor(), bytes(8)),
    "NaN": file('{"a":NaN}'),
}


def verdict(content):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.safetensors")
        with open(path, "wb") as out:
            out.write(content)
        try:
            with safe_open(path, framework="numpy") as opened:
                return {"ok": True, "tensors": sorted(opened.keys())}
        except Exception as error:  # the class differs by cause and is not what is compared
            return {"ok": False, "error": str(error).replace(folder, "")}


def main():
    cases = [{"name": name, "hex": content.hex(), **verdict(content)} for name, content in CASES.items()]
    version = importlib.metadata.version("safetensors")
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        json.dump({"safetensors": version, "cases": cases}, out, indent=1)
        out.write("\n")


main()
