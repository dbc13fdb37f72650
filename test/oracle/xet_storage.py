"""Lets hf-xet, the official client of the Xet storage, upload two files, and keeps what it sent.

    pip install hf-xet==1.8.0
    python test/oracle/xet_storage.py test/fixtures/xet

The second file shares chunks with the first, so that it is put together from two xorbs. Whoever wants to read them back
builds the same content from the recipe in index.json (test/source/xet-fixture.ts).
"""

import hashlib
import json
import os
import shutil
import struct
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Runs of few chunks are shared, too: the files here are small.
os.environ["HF_XET_DEDUPLICATION_MIN_N_CHUNKS_PER_RANGE"] = "1"
os.environ["HF_XET_TELEMETRY_ENABLED"] = "0"
# How to compress is decided again for every chunk: all ways of packing one occur.
os.environ["HF_XET_DATA_XORB_COMPRESSION_SCHEME_RETEST_INTERVAL"] = "1"
os.environ["HF_XET_XORB_COMPRESSION_SCHEME_RETEST_INTERVAL"] = "1"

# Incompressible, compressible, and compressible when bytes are grouped by four.
FILES = {
    "model-00001-of-00002.safetensors": [["noise", "a", 90_000], ["text", "a", 400_000], ["floats", "a", 300_000], ["noise", "a", 90_000]],
    "model-00002-of-00002.safetensors": [["noise", "b", 60_000], ["text", "a", 400_000], ["noise", "c", 30_001], ["text", "b", 100_000]],
}


def part(kind, name, size):
    """The same bytes as part() of test/source/xet-fixture.ts."""
    out = bytearray()
    index = 0
    while len(out) < size:
        if kind == "noise":
            out += hashlib.sha256(f"{name}:{index}".encode()).digest()
        elif kind == "text":
            out += f"line {index * index} of the text {name}\n".encode()
        else:
            out += struct.pack("<f", 1 + index / 4194304)
        index += 1
    return bytes(out[:size])


class Storage(BaseHTTPRequestHandler):
    """Takes everything and knows nothing: what is sent is the fixture."""

    protocol_version = "HTTP/1.1"
    xorbs = {}
    shards = []

    def do_POST(self):
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length)) if length else self.chunked()
        if "/xorbs/" in self.path:
            Storage.xorbs[self.path.split("/")[-1].split("?")[0]] = body
            self.answer(200, {"was_inserted": True})
        elif self.path.startswith("/v1/shards"):
            Storage.shards.append(body)
            self.answer(200, {"result": 1})
        else:
            self.answer(404, {"error": "not here"})

    do_PUT = do_POST

    def do_GET(self):
        self.answer(404, {"error": "not here"})

    do_HEAD = do_GET

    def chunked(self):
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args):
        if os.environ.get("VERBOSE"):
            sys.stderr.write(f"{self.command} {self.path} {args}\n")


def upload(port, path):
    import hf_xet

    session = hf_xet.XetSession()
    with session.new_upload_commit(
        endpoint=f"http://127.0.0.1:{port}", token="token", token_expiry_unix_secs=int(time.time()) + 3600
    ) as commit:
        handle = commit.start_upload_file(str(path), sha256=hf_xet.COMPUTE_SHA256)
    return handle.result().xet_info


def main(target):
    work = Path(tempfile.mkdtemp())
    os.environ["HF_HOME"] = str(work)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Storage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    index = []
    for name, parts in FILES.items():
        content = b"".join(part(*given) for given in parts)
        (work / name).write_bytes(content)
        info = upload(server.server_address[1], work / name)
        sha256 = hashlib.sha256(content).hexdigest()
        index.append({"path": name, "size": len(content), "sha256": sha256, "xet": info.hash, "parts": parts})
    server.shutdown()
    shutil.rmtree(work)

    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    for name, body in Storage.xorbs.items():
        (target / f"{name}.xorb").write_bytes(body)
    for number, body in enumerate(Storage.shards):
        (target / f"{number}.shard").write_bytes(body)
    (target / "index.json").write_text(json.dumps({"hf-xet": "1.8.0", "files": index}, indent=1) + "\n")


main(Path(sys.argv[1]))
