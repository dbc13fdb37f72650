#!/usr/bin/env python3
"""Golden values for test/convert/tokenizers.test.ts.

Runs the pinned llama.cpp's convert_hf_to_gguf.py --vocab-only on every case of tokenizers-cases.json and stores each
tokenizer.* key in file order with the SHA-256 of its type and value as its GGUFWriter packs them.

    python3 test/oracle/tokenizers_golden.py --llama DIR --inputs DIR [--only NAME ...] --golden test/fixtures/golden/tokenizers.json

A case's repository is made of files from the inputs' folder, of texts (or JSON values) and of small SentencePiece
models that the case describes. "pre" stands for a pre-tokenizer that the reference does not find out by itself.
"""
import argparse
import functools
import hashlib
import importlib
import json
import logging
import os
import pathlib
import shutil
import sys
import tempfile

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
HERE = pathlib.Path(__file__).parent


def expanded(value, shared):
    """Replaces "@name" by what the table shares under that name."""
    if isinstance(value, str) and value.startswith("@"):
        return shared[value[1:]]
    if isinstance(value, dict):
        return {key: expanded(item, shared) for key, item in value.items()}
    return [expanded(item, shared) for item in value] if isinstance(value, list) else value


def place(case, inputs, folder):
    for name, source in case.get("files", {}).items():
        path = inputs / source
        if name == "":
            for file in path.iterdir():
                shutil.copy(file, folder / file.name)
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / name)
    for name, text in case.get("texts", {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    for name, model in case.get("models", {}).items():
        (folder / name).write_bytes(sentencepiece(model))


def sentencepiece(description):
    from sentencepiece import sentencepiece_model_pb2

    model = sentencepiece_model_pb2.ModelProto()
    for piece, score, kind in description["pieces"]:
        model.pieces.add(piece=piece, score=score, type=kind)
    model.trainer_spec.model_type = description.get("modelType", 2)
    model.trainer_spec.byte_fallback = any(kind == 6 for _, _, kind in description["pieces"])
    for name in ("unk_id", "bos_id", "eos_id", "pad_id"):
        setattr(model.trainer_spec, name, description.get(name, {"unk_id": 0, "bos_id": 1, "eos_id": 2}.get(name, -1)))
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = description.get("addDummyPrefix", True)
    model.normalizer_spec.remove_extra_whitespaces = description.get("removeExtraWhitespaces", True)
    return model.SerializeToString()


class Captured(Exception):
    """The keys are known: nothing needs to be written."""


def capture(writer):
    import gguf

    found = []
    for key, value in writer.kv_data[0].items():
        if key.startswith("tokenizer.") or key.endswith(".vocab_size"):
            packed = writer._pack_val(value.value, value.type, add_vtype=True, sub_type=value.sub_type)
            found.append([key, hashlib.sha256(packed).hexdigest()])
            if isinstance(value.value, (bool, int, float)) or (isinstance(value.value, str) and len(value.value) <= 40):
                whole = isinstance(value.value, bool) and value.type != gguf.GGUFValueType.BOOL
                found[-1].append(int(value.value) if whole else value.value)
    raise Captured(found)


def run(case, table, inputs, converter, base):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / "model"
        folder.mkdir()
        place(case, inputs, folder)
        config = {**table["configs"][case["config"]], **case.get("override", {})}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        sys.argv = ["convert", str(folder), "--vocab-only", "--outfile", temporary + "/out.gguf", *case.get("arguments", [])]
        detect = base.TextModel.get_vocab_base_pre
        if "pre" in case["choice"]:
            base.TextModel.get_vocab_base_pre = lambda self, tokenizer: case["choice"]["pre"]
        try:
            converter.main()
        except Captured as keys:
            # The model's own vocab_size counts only where the tokenizer writes it, between its keys.
            found = keys.args[0]
            first = next(i for i, key in enumerate(found) if key[0].startswith("tokenizer."))
            return found[first:]
        except (Exception, SystemExit) as error:  # the reference fails in many ways; that it fails is what counts
            print("   ", type(error).__name__, str(error)[:300], file=sys.stderr)
            return "refused"
        finally:
            base.TextModel.get_vocab_base_pre = detect
    raise AssertionError("nothing was captured")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama", type=pathlib.Path, required=True)
    parser.add_argument("--inputs", type=pathlib.Path, required=True)
    parser.add_argument("--golden", type=pathlib.Path, required=True)
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    sys.path[:0] = [str(arguments.llama), str(arguments.llama / "gguf-py")]
    logging.disable(logging.CRITICAL)
    import gguf

    converter = importlib.import_module("convert_hf_to_gguf")
    base = importlib.import_module("conversion.base")
    gguf.GGUFWriter.write_kv_data_to_file = capture
    # Called for every token, and slow; the table is always the same.
    slow = importlib.import_module("transformers.convert_slow_tokenizer")
    slow.bytes_to_unicode = functools.cache(slow.bytes_to_unicode)

    table = json.loads((HERE / "tokenizers-cases.json").read_text(encoding="utf-8"))
    before = json.loads(arguments.golden.read_text(encoding="utf-8")) if arguments.golden.exists() else {}
    golden = {}
    for case in table["cases"]:
        name = case["name"]
        if arguments.only is not None and name not in arguments.only:
            if name in before:
                golden[name] = before[name]
            continue
        print(name, file=sys.stderr, flush=True)
        for part in ("texts", "models"):
            case[part] = expanded(case.get(part, {}), table["shared"])
        golden[name] = run(case, table, arguments.inputs, converter, base)
    lines = [f"  {json.dumps(name)}: {body(keys)}" for name, keys in golden.items()]
    arguments.golden.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def body(keys):
    if isinstance(keys, str):
        return json.dumps(keys)
    return "[\n" + ",\n".join("    " + json.dumps(key) for key in keys) + "\n  ]"


if __name__ == "__main__":
    main()
