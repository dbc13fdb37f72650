"""Cuts the vocabulary that llama.cpp brings for models without one (models/ggml-vocab-llama-spm.gguf) to what a small model uses.

Usage: python builtin_vocabulary.py LLAMA_CPP test/fixtures/convert/tokenizers
The converter reads the whole file and takes as many tokens as the model has rows: the same ones.
"""

import os
import sys

ROWS = 320


def main():
    llama_cpp, tokenizers = sys.argv[1:]
    sys.path.insert(0, os.path.join(llama_cpp, "gguf-py"))
    import gguf

    name = "ggml-vocab-llama-spm.gguf"
    fields = gguf.GGUFReader(os.path.join(llama_cpp, "models", name)).fields
    folder = os.path.join(tokenizers, "builtin-llama")
    os.makedirs(folder, exist_ok=True)
    writer = gguf.GGUFWriter(os.path.join(folder, name), "llama")
    value = lambda key: fields["tokenizer.ggml." + key].contents()
    writer.add_tokenizer_model(value("model"))
    writer.add_tokenizer_pre(value("pre"))
    writer.add_token_list(value("tokens")[:ROWS])
    writer.add_token_scores(value("scores")[:ROWS])
    writer.add_token_types(value("token_type")[:ROWS])
    writer.add_bos_token_id(value("bos_token_id"))
    writer.add_eos_token_id(value("eos_token_id"))
    writer.add_unk_token_id(value("unknown_token_id"))
    writer.add_add_bos_token(value("add_bos_token"))
    writer.add_add_eos_token(value("add_eos_token"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


main()
