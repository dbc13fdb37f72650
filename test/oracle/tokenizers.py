#!/usr/bin/env python3
"""Golden values for test/convert/tokenizers.test.ts.

Runs the pinned llama.cpp's convert_hf_to_gguf.py --vocab-only on every case of tokenizers-cases.json and stores each
tokenizer.* key in file order with the SHA-256 of its type and value as they stand in the GGUF.

    python3 test/oracle/tokenizers.py --llama DIR --inputs DIR [--only NAME] > test/fixtures/golden/tokenizers.json
"""
import argparse
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def place(case, inputs, folder):
    for name, source in case["files"].items():
        path = inputs / source
        if name == "":
            for file in path.iterdir():
                shutil.copy(file, folder / file.name)
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / name)
    for name, text in case.get("texts", {}).items():
        (folder / name).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")


def keys_of(path, gguf):
    found = []
    for name, field in gguf.GGUFReader(path).fields.items():
        if name.startswith("tokenizer."):
            digest = hashlib.sha256()
            for part in field.parts[2:]:
                digest.update(part.tobytes())
            found.append([name, digest.hexdigest()])
            if not field.types or field.types[0].name != "ARRAY":
                value = field.contents()
                if isinstance(value, (bool, int, float)) or len(value) <= 40:
                    found[-1].append(value)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama", type=pathlib.Path, required=True)
    parser.add_argument("--inputs", type=pathlib.Path, required=True)
    parser.add_argument("--only")
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.llama / "gguf-py"))
    import gguf

    table = json.loads((HERE / "tokenizers-cases.json").read_text(encoding="utf-8"))
    golden = {}
    for case in table["cases"]:
        if arguments.only and arguments.only != case["name"]:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary) / "model"
            folder.mkdir()
            place(case, arguments.inputs, folder)
            config = {**table["configs"][case["config"]], **case.get("override", {})}
            (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
            output = pathlib.Path(temporary) / "out.gguf"
            command = [sys.executable, str(arguments.llama / "convert_hf_to_gguf.py"), str(folder)]
            result = subprocess.run([*command, "--vocab-only", "--outfile", str(output), *case.get("arguments", [])],
                                    capture_output=True, text=True, check=False)
            if result.returncode == 0:
                golden[case["name"]] = keys_of(output, gguf)
            else:
                golden[case["name"]] = "refused"
                print(case["name"], result.stderr[-1500:], file=sys.stderr)
        print(case["name"], "done", file=sys.stderr)
    print("{\n" + ",\n".join(f"  {json.dumps(name)}: {body(keys)}" for name, keys in golden.items()) + "\n}")


def body(keys):
    if isinstance(keys, str):
        return json.dumps(keys)
    return "[\n" + ",\n".join("    " + json.dumps(key) for key in keys) + "\n  ]"


if __name__ == "__main__":
    main()
