"""What convert_hf_to_gguf.py writes with its split options: digests of every file.

    npx jiti test/oracle/write-built-llama.ts DIR
    python splits.py --llama-cpp LLAMA_CPP --models DIR > test/fixtures/golden/splits.json
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
    "size-200000": ["--split-max-size", "200000"],
    "both": ["--split-max-size", "400000", "--split-max-tensors", "4"],
    "fits": ["--split-max-size", "1G"],
    "size-700K": ["--split-max-size", "700K"],
    "keys-first": ["--no-tensor-first-split"],
    "keys-first-5": ["--no-tensor-first-split", "--split-max-tensors", "5"],
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama-cpp", required=True, type=pathlib.Path)
    parser.add_argument("--models", required=True, type=pathlib.Path)
    args = parser.parse_args()
    result = {}
    for name, options in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "tiny-llama-F16.gguf")
            model = args.models / "tiny-llama"
            script = args.llama_cpp / "convert_hf_to_gguf.py"
            subprocess.run(
                [sys.executable, str(script), str(model), "--outtype", "f16", "--outfile", str(out), *options],
                check=True,
                capture_output=True,
            )
            result[name] = {
                path.name: "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(pathlib.Path(folder).iterdir())
            }
    print(json.dumps(result, indent=2))


main()
