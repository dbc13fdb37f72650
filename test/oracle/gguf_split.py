"""What llama-gguf-split makes of a model, and of its own splits: digests of every file.

    npx jiti test/oracle/write-built-llama.ts DIR
    python gguf_split.py --llama-cpp LLAMA_CPP --gguf-split PROGRAM --models DIR > test/fixtures/golden/gguf-split.json

PROGRAM is tools/gguf-split/gguf-split.cpp of the pinned release, linked with its libllama and libggml.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

CASES = {
    "tensors-5": ["--split-max-tensors", "5"],
    "size-1M": ["--split-max-size", "1M"],
    "keys-first-8": ["--no-tensor-first-split", "--split-max-tensors", "8"],
    "usual": [],
}


def digest(path: pathlib.Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama-cpp", required=True, type=pathlib.Path)
    parser.add_argument("--gguf-split", required=True, type=pathlib.Path)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    args = parser.parse_args()
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder, "tiny-llama-F16.gguf")
        script = args.llama_cpp / "convert_hf_to_gguf.py"
        command = [sys.executable, str(script), str(args.models / "tiny-llama"), "--outtype", "f16"]
        subprocess.run([*command, "--outfile", str(model)], check=True, capture_output=True)
        for name, options in CASES.items():
            out = pathlib.Path(folder, name)
            out.mkdir()
            split = [str(args.gguf_split), "--split", *options, str(model), str(out / "tiny")]
            subprocess.run(split, check=True, capture_output=True)
            files = sorted(out.iterdir())
            merged = pathlib.Path(folder, f"{name}.gguf")
            subprocess.run([str(args.gguf_split), "--merge", str(files[0]), str(merged)], check=True, capture_output=True)
            result[name] = {"files": {path.name: digest(path) for path in files}, "merged": digest(merged)}
    print(json.dumps(result, indent=2))


main()
