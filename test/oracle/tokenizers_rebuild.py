#!/usr/bin/env python3
"""Makes tokenizer.json files from the vocabularies that llama.cpp's sources carry (models/ggml-vocab-*.gguf).

    python3 test/oracle/tokenizers_rebuild.py --llama DIR --out INPUTS/ggml-vocab

How each text is cut before BPE follows llama-vocab.cpp; command-r and DeepSeek's two begin with BOS.
"""
import argparse
import json
import pathlib
import re
import sys

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace("{1,3}", "")
QWEN35 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
NFC = {"type": "NFC"}


def level(regex=True):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": regex}


def split(pattern):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def digits(individual):
    return {"type": "Digits", "individual_digits": individual}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def patterns(source, name):
    """The expressions of one pre-tokenizer in llama-vocab.cpp."""
    block = re.search(name + r":\s*regex_exprs = \{(.*?)\};", source, re.S).group(1)
    return [json.loads(line) for line in re.findall(r'"(?:[^"\\]|\\.)*"', block)]


def rules(source):
    coder = patterns(source, "LLAMA_VOCAB_PRE_TYPE_DEEPSEEK_CODER")
    llm = patterns(source, "LLAMA_VOCAB_PRE_TYPE_DEEPSEEK_LLM")
    return {
        "gpt-2": (None, level(), False), "mpt": (NFC, level(), False), "gpt-neox": (NFC, level(), False),
        "starcoder": (None, sequence(digits(True), level()), False),
        "refact": (None, sequence(digits(True), level()), False),
        "command-r": (NFC, sequence(digits(True), level()), True),
        "falcon": (None, sequence({"type": "Punctuation", "behavior": "Contiguous"}, level(), digits(False),
                                  split("[0-9][0-9][0-9]")), False),
        "deepseek-llm": (None, sequence(*map(split, llm[:-1]), digits(False), level(False)), True),
        "deepseek-coder": (None, sequence(*map(split, coder[:-1]), digits(True), level(False)), True),
        "llama-bpe": (None, sequence(split(LLAMA3), level(False)), True),
        "qwen2": (NFC, sequence(split(QWEN2), level(False)), False),
        "qwen35": (None, sequence(split(QWEN35), level(False)), False),
    }


def definition(reader, name, rule):
    normalizer, pre_tokenizer, with_bos = rule
    field = lambda key: reader.get_field(key).contents() if reader.get_field(key) else None
    tokens, types = field("tokenizer.ggml.tokens"), field("tokenizer.ggml.token_type")
    bos = field("tokenizer.ggml.bos_token_id")
    post = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
    if with_bos:
        text = tokens[bos]
        first = {"SpecialToken": {"id": text, "type_id": 0}}
        post = {"type": "TemplateProcessing", "single": [first, {"Sequence": {"id": "A", "type_id": 0}}],
                "pair": [first, {"Sequence": {"id": "A", "type_id": 0}}, first, {"Sequence": {"id": "B", "type_id": 1}}],
                "special_tokens": {text: {"id": text, "ids": [bos], "tokens": [text]}}}
    added = [{"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
              "special": kind == 3} for i, (token, kind) in enumerate(zip(tokens, types)) if kind in (3, 4)]
    # Special tokens among the others are part of the model's vocabulary; those behind it are added only.
    last = max(i for i, kind in enumerate(types) if kind == 1)
    vocab = {token: i for i, (token, kind) in enumerate(zip(tokens, types)) if kind == 1 or (kind in (3, 4) and i < last)}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": normalizer,
            "pre_tokenizer": pre_tokenizer, "post_processor": post,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False,
                      "ignore_merges": name == "llama-bpe", "vocab": vocab, "merges": field("tokenizer.ggml.merges")}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.llama / "gguf-py"))
    import gguf

    source = (arguments.llama / "src" / "llama-vocab.cpp").read_text(encoding="utf-8")
    for name, rule in rules(source).items():
        reader = gguf.GGUFReader(arguments.llama / "models" / f"ggml-vocab-{name}.gguf")
        folder = arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(definition(reader, name, rule), ensure_ascii=False)
        (folder / "tokenizer.json").write_text(text, encoding="utf-8")
        (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
