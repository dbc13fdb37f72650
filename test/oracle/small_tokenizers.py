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


SAMPLE = (" ".join(WORDS) + " We'Ve BEEN told 'RE it's 3 33 333 3333 don't I'LL \u043d\u0435\u0449\u043e \u043d\u0430 "
          "\u0411\u044a\u043b\u0433\u0430\u0440\u0441\u043a\u0438 \u6211\u60f3\u5728apple\u5de5\u4f5c 1314151\u5929 "
          "======= ''''```...... \n\n \t\t \U0001f680 \u1780\u17b6\u1793")


def ranks(count):
    """Byte strings by rank: the bytes, then the pair that is most frequent, again and again; the first of equals."""
    found = [bytes([byte]) for byte in range(256)]
    parts = [bytes([byte]) for byte in (SAMPLE + " ").encode() * 2]
    while len(found) < count:
        frequency = {}
        for pair in zip(parts, parts[1:]):
            if len(pair[0] + pair[1]) <= 6:
                frequency[pair] = frequency.get(pair, 0) + 1
        left, right = max(frequency, key=frequency.get)
        found.append(left + right)
        merged = []
        for part in parts:
            if merged and part == right and merged[-1] == left:
                merged[-1] = left + right
            else:
                merged.append(part)
        parts = merged
    return found


def tiktoken_file(count, first=0):
    lines = [f"{base64.b64encode(token).decode()} {first + rank}" for rank, token in enumerate(ranks(count))]
    return "\n".join(lines) + "\n"


TIKTOKEN_CLASS = '''import base64
import unicodedata

import tiktoken
from transformers import PreTrainedTokenizer

PATTERN = {pattern!r}


class SmallTokenizer(PreTrainedTokenizer):
    """As much of the model's tokenizer as a conversion looks at."""

    vocab_files_names = {{"vocab_file": {file!r}}}

    def __init__(self, vocab_file, added_tokens_decoder=None, **kwargs):
        with open(vocab_file, encoding="ascii") as file:
            rows = [line.split() for line in file if line.strip()]
        ranks = {{}}
        for token, rank in rows:
            ranks.setdefault(base64.b64decode(token), {rank})
        names = {{index: token.content for index, token in (added_tokens_decoder or {{}}).items()}}
        self.special_tokens = {special}
        self.mergeable_ranks = ranks
        self.model = tiktoken.Encoding("small", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=self.special_tokens)
        super().__init__(**kwargs)

    @property
    def vocab_size(self):
        return self.model.n_vocab

    def get_vocab(self):
        return self.mergeable_ranks

    def encode(self, text, **kwargs):
        return self.model.encode({text}, allowed_special="all")

    def _add_tokens(self, tokens, special_tokens=False):
        return 0
'''

QWEN_PATTERN = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
                r"|\s+(?!\S)|\s+")
KIMI_ENDING = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
KIMI_PATTERN = "|".join([
    r"[\p{Han}]+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+" + KIMI_ENDING,
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*" + KIMI_ENDING,
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])
STABLELM = ["<|endoftext|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<gh_stars>",
            "<filename>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>", "<jupyter_text>",
            "<jupyter_code>", "<jupyter_output>", "<empty_output>", "<commit_before>", "<commit_msg>",
            "<commit_after>", "<reponame>", "<|endofprompt|>", "<|im_start|>", "<|im_end|>", "<|pause|>",
            *(f"<|reg{index}|>" for index in range(8)), "<|extra0|>"]


def tiktoken_folder(file, name, text, pattern=QWEN_PATTERN, special="", rank="int(rank)", composed=True, config=None):
    code = TIKTOKEN_CLASS.format(file=file, pattern=pattern, special=special, rank=rank,
                                 text='unicodedata.normalize("NFC", text)' if composed else "text")
    return {file: text, f"{name}.py": code, "tokenizer_config.json": {
        "tokenizer_class": "SmallTokenizer", "auto_map": {"AutoTokenizer": [f"{name}.SmallTokenizer", None]},
        **(config or {})}}


def hunyuan():
    numbered = tiktoken_file(400, first=7)
    special = ["<|endoftext|>", "<|startoftext|>", "<|bos|>", "<|eos|>", "<|pad|>"]
    names = f'[*{json.dumps(special)}, *(f"<|extra_{{index}}|>" for index in range(205))]'
    return tiktoken_folder(
        "hy.tiktoken", "tokenization_small_hy", numbered + numbered.splitlines()[300] + "\n", rank="len(ranks)",
        special="{token: 127957 + index for index, token in enumerate(" + names + ")}",
        config={"chat_template": "{{ messages }}"})


def kimi():
    """The model's class makes 258 special tokens whatever the embedding has rows for."""
    named = [(400, "[BOS]"), (401, "[EOS]"), (402, "<|im_end|>"), (655, "[UNK]"), (657, "[PAD]")]
    flags = {"special": True, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False}
    return tiktoken_folder(
        "tiktoken.model", "tokenization_small_kimi", tiktoken_file(400), KIMI_PATTERN, composed=False,
        special='{names.get(index, f"<|reserved_token_{index}|>"): index for index in range(len(ranks), len(ranks) + 258)}',
        config={"added_tokens_decoder": {str(index): {"content": content, **flags} for index, content in named}})


def stablelm():
    return tiktoken_folder(
        "arcade100k.tiktoken", "tokenization_small_arcade", tiktoken_file(400),
        special=f"{{token: 100257 + index for index, token in enumerate({json.dumps(STABLELM)})}}")


CHATGLM_CLASS = '''import types

from sentencepiece import SentencePieceProcessor
from transformers import PreTrainedTokenizer

SPECIAL = ["[MASK]", "[gMASK]", "[sMASK]", "sop", "eop", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"]


class SmallTokenizer(PreTrainedTokenizer):
    """As much of the model's tokenizer as a conversion looks at."""

    vocab_files_names = {"vocab_file": "tokenizer.model"}

    def __init__(self, vocab_file, **kwargs):
        self.tokenizer = types.SimpleNamespace(sp_model=SentencePieceProcessor(model_file=vocab_file))
        self.pieces = self.tokenizer.sp_model
        super().__init__(**kwargs)

    @property
    def vocab_size(self):
        return self.pieces.vocab_size() + len(SPECIAL)

    def get_vocab(self):
        tokens = {self._convert_id_to_token(index): index for index in range(self.vocab_size)}
        return {**tokens, **self.added_tokens_encoder}

    def _convert_token_to_id(self, token):
        return self.pieces.piece_to_id(token)

    def _convert_id_to_token(self, index):
        special = index - self.pieces.vocab_size()
        if 0 <= special < len(SPECIAL):
            return SPECIAL[special]
        if special >= 0 or index in (self.pieces.eos_id(), self.pieces.bos_id(), self.pieces.unk_id()):
            return ""
        return self.pieces.id_to_piece(index)
'''


def chatglm():
    return {
        "tokenizer.model": sentencepiece_model(),
        "tokenization_small_chatglm.py": CHATGLM_CLASS,
        "tokenizer_config.json": {"tokenizer_class": "SmallTokenizer",
                                  "auto_map": {"AutoTokenizer": ["tokenization_small_chatglm.SmallTokenizer", None]}},
    }


def plamo():
    special = ["<|plamo:unk|>", "<|plamo:bos|>", "<|plamo:eos|>", "<|plamo:pad|>", "<|plamo:op|>"]
    lines = [[token, 0.0, "UNKNOWN" if index == 0 else "CONTROL" if index < 4 else "NORMAL", None]
             for index, token in enumerate(special)]
    lines += [[f"<0x{byte:02X}>", -100.5, "BYTE"] for byte in range(256)]
    lines += [[piece, -float(index) / 3, "NORMAL", index] for index, piece in enumerate(dict.fromkeys(WORDS))]
    lines += [["\u5de5\u4f5c", -12.25], ['"quoted"', -1, "NORMAL"]]
    return {
        "tokenizer.jsonl": "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n\n",
        "tokenizer_config.json": {"tokenizer_class": "PlamoTokenizer", "bos_token": special[1], "eos_token": special[2],
                                  "pad_token": special[3], "unk_token": special[0], "sep_token": None,
                                  "chat_template": "{{ messages }}"},
    }


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
    write(root, "bpe-rerank", {
        "tokenizer.json": bpe("yes", "no", "|"),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>",
                                  "chat_template": "{{ messages }}"},
    })
    write(root, "bpe-solar", {
        "tokenizer.json": bpe("<|endoftext|>", "<|startoftext|>", "<unk>"),
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|end|>"},
    })
    words = bpe()
    words["pre_tokenizer"], words["decoder"] = {"type": "Whitespace"}, None
    write(root, "whitespace", {
        "tokenizer.json": words,
        "tokenizer_config.json": {"tokenizer_class": "RobertaTokenizer", "bos_token": "<|begin|>", "eos_token": "<|end|>",
                                  "cls_token": "<|begin|>", "sep_token": "<|end|>", "unk_token": "<|end|>",
                                  "pad_token": "<|end|>", "mask_token": "<tool>"},
    })
    write(root, "unigram", {
        "spiece.model": sentencepiece_model(unigram=True),
        "tokenizer_config.json": {"tokenizer_class": "T5Tokenizer", "eos_token": "</s>", "unk_token": "<unk>"},
    })
    write(root, "unigram-model", {"tokenizer.model": sentencepiece_model(unigram=True)})
    write(root, "xlm-roberta", {
        "sentencepiece.bpe.model": sentencepiece_model(unigram=True),
        "tokenizer_config.json": {"tokenizer_class": "XLMRobertaTokenizer", "bos_token": "<s>", "eos_token": "</s>"},
    })
    write(root, "hunyuan", hunyuan())
    write(root, "kimi", kimi())
    write(root, "stablelm", stablelm())
    write(root, "chatglm3", chatglm())
    write(root, "plamo", plamo())
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
