"""Makes the small tokenizers that the recipes of test/fixtures/convert use.

Usage: python small_tokenizers.py DIR     (needs sentencepiece with protobuf<5, and tokenizers)
"""

import base64
import json
import os
import sys

os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"

WORDS = ("a model moves from where it is published to where it is served the tensors go on a slipway into the harbor "
         "and nothing is read until the last stage pulls on it").split()


def byte_alphabet():
    """The printable stand-ins of GPT-2 for the 256 bytes."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte if byte in kept else next(others)) for byte in range(256)]


def bpe(*more):
    vocabulary = {symbol: index for index, symbol in enumerate(byte_alphabet())}
    merges = []
    for word in ["\u0120" + word for word in WORDS] + WORDS:
        pieces = list(word)
        while len(pieces) > 1:
            left, right = pieces[0], pieces[1]
            if left + right not in vocabulary:
                if len(vocabulary) >= 312:
                    break
                vocabulary[left + right] = len(vocabulary)
                merges.append(f"{left} {right}")
            pieces = [left + right, *pieces[2:]]
    added = [{"id": len(vocabulary) + index, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": special}
             for index, (content, special) in enumerate([("<|begin|>", True), ("<|end|>", True), ("<tool>", False), *((token, True) for token in more)])]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocabulary, "merges": merges},
    }


def gemma():
    """BPE over whole text with bytes to fall back to, blanks as U+2581."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    vocabulary = {token: index for index, token in enumerate(special)}
    for byte in range(256):
        vocabulary[f"<0x{byte:02X}>"] = len(vocabulary)
    for letter in ["\u2581", *"abcdefghijklmnopqrstuvwxyz"]:
        vocabulary[letter] = len(vocabulary)
    merges = []
    for word in ["\u2581" + word for word in WORDS]:
        left = word[0]
        for right in word[1:]:
            if left + right not in vocabulary:
                if len(vocabulary) >= 312:
                    break
                vocabulary[left + right] = len(vocabulary)
                merges.append([left, right])
            left += right
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": index, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for index, token in enumerate(special)],
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
        "pre_tokenizer": None, "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
                  "vocab": vocabulary, "merges": merges},
    }


TEKKEN_SPECIAL = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]",
                  "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]",
                  "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]", "[ARGS]", "[CALL_ID]", "[THINK]",
                  "[/THINK]", "[AUDIO]", "[BEGIN_AUDIO]"]


def tekken(version, listed):
    """Mistral's own tokenizer file, with or without its special tokens; ranks of the same words as above."""
    ranks = [bytes([byte]) for byte in range(256)]
    for word in dict.fromkeys(WORDS):
        for length in range(2, len(word) + 1):
            if word[:length].encode() not in ranks:
                ranks.append(word[:length].encode())
    ranks = ranks[:290]
    special = 30
    return {
        "config": {"pattern": "[^\\r\\n]+|\\s+", "num_vocab_tokens": len(ranks), "default_vocab_size": special + len(ranks),
                   "default_num_special_tokens": special, "version": version},
        "vocab": [{"rank": rank, "token_bytes": base64.b64encode(token).decode(), "token_str": None}
                  for rank, token in enumerate(ranks)],
        **({"special_tokens": [{"rank": rank, "token_str": token, "is_control": True}
                               for rank, token in enumerate(TEKKEN_SPECIAL)]} if listed else {}),
    }


def wordpiece():
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    return [*special, *letters, *("##" + letter for letter in letters), *dict.fromkeys(w for w in WORDS if len(w) > 1)]


def wordpiece_json():
    vocabulary = {token: index for index, token in enumerate(wordpiece())}
    ids = {token: vocabulary[token] for token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")}
    def template(*names):
        return [{"SpecialToken": {"id": name, "type_id": 0}} if name.startswith("[") else
                {"Sequence": {"id": name, "type_id": index // 3}} for index, name in enumerate(names)]
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [{"id": index, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
                          "normalized": False, "special": True} for token, index in ids.items()],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "TemplateProcessing", "single": template("[CLS]", "A", "[SEP]"),
                           "pair": template("[CLS]", "A", "[SEP]", "B", "[SEP]"),
                           "special_tokens": {token: {"id": token, "ids": [ids[token]], "tokens": [token]}
                                              for token in ("[CLS]", "[SEP]")}},
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    }


def sentencepiece_model(unigram=False):
    from sentencepiece import sentencepiece_model_pb2 as pb
    model = pb.ModelProto()
    model.trainer_spec.model_type = 1 if unigram else 2
    model.trainer_spec.byte_fallback = not unigram
    model.normalizer_spec.name = "identity"
    model.normalizer_spec.add_dummy_prefix = True
    def add(piece, score, kind):
        entry = model.pieces.add()
        entry.piece, entry.score, entry.type = piece, score, kind
    add("<unk>", 0.0, 2)
    add("<s>", 0.0, 3)
    add("</s>", 0.0, 3)
    for byte in range(0 if unigram else 256):
        add(f"<0x{byte:02X}>", 0.0, 6)
    pieces = dict.fromkeys(["\u2581", *"abcdefghijklmnopqrstuvwxyz", *("\u2581" + word for word in WORDS)])
    for index, piece in enumerate(pieces):
        add(piece, -float(index), 1)
    return model.SerializeToString()


def write(root, name, files):
    folder = os.path.join(root, name)
    os.makedirs(folder, exist_ok=True)
    for path, content in files.items():
        with open(os.path.join(folder, path), "wb") as out:
            if isinstance(content, bytes):
                out.write(content)
            elif isinstance(content, str):
                out.write(content.encode())
            else:
                out.write(json.dumps(content, ensure_ascii=False).encode())


def main():
    root = sys.argv[1]
    write(root, "bpe", {
        "tokenizer.json": bpe(),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin|>",
                                  "eos_token": "<|end|>", "chat_template": "{{ messages }}"},
    })
    write(root, "gemma4", {
        "tokenizer.json": gemma(),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<bos>",
                                  "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>"},
    })
    glm = ("<|endoftext|>", "<|user|>", "[gMASK]", "<|observation|>")
    write(root, "bpe-glm", {
        "tokenizer.json": bpe(*glm),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>"},
    })
    write(root, "unigram", {
        "spiece.model": sentencepiece_model(unigram=True),
        "tokenizer_config.json": {"tokenizer_class": "T5Tokenizer", "eos_token": "</s>", "unk_token": "<unk>"},
    })
    write(root, "xlm-roberta", {
        "sentencepiece.bpe.model": sentencepiece_model(unigram=True),
        "tokenizer_config.json": {"tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "eos_token": "</s>"},
    })
    write(root, "sentencepiece", {
        "tokenizer.model": sentencepiece_model(),
        "tokenizer_config.json": {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>",
                                  "unk_token": "<unk>", "add_bos_token": True, "add_eos_token": False},
    })
    for version, listed in (("v3", False), ("v11", True), ("v13", True)):
        write(root, f"tekken-{version}", {"tekken.json": tekken(version, listed)})
    write(root, "wordpiece", {
        "tokenizer.json": wordpiece_json(),
        "vocab.txt": "\n".join(wordpiece()) + "\n",
        "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "cls_token": "[CLS]",
                                  "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"},
    })


main()
