"""Lets llama.cpp's server load what `pipeline convert --mmproj` makes of recipes, through mtmd. By hand, not in CI.

Usage: python projector_check.py LLAMA_SERVER dist/lib/cli/main.js test/fixtures/convert/mmproj-FAMILY.json...
Prints a line a recipe: `loads`, or what llama.cpp said. The language model beside it is a tiny Llama as wide as the
projector wants it: mtmd asks for no more. Every projector is loaded in a process of its own, which may be aborted.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import repository

WAIT = 60


def llama(width, scratch, tokenizers):
    heads = 2
    tensors = {
        "model.embed_tokens.weight": [320, width],
        "model.norm.weight": [width],
        "lm_head.weight": [320, width],
    }
    for name, shape in {
        "input_layernorm": [width], "post_attention_layernorm": [width], "self_attn.q_proj": [32, width], "self_attn.k_proj": [32, width],
        "self_attn.v_proj": [32, width], "self_attn.o_proj": [width, 32], "mlp.gate_proj": [32, width], "mlp.up_proj": [32, width], "mlp.down_proj": [width, 32],
    }.items():
        tensors[f"model.layers.0.{name}.weight"] = shape
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": width, "intermediate_size": 32, "num_attention_heads": heads,
        "num_key_value_heads": heads, "head_dim": 16, "num_hidden_layers": 1, "vocab_size": 320, "max_position_embeddings": 512, "rms_norm_eps": 1e-5,
    }
    recipe = {"name": f"llama-{width}", "dtype": "F32", "tokenizer": "bpe", "config": config, "tensors": tensors}
    return repository.build(recipe, tokenizers, scratch)


def convert(cli, *arguments):
    made = subprocess.run(["node", cli, "convert", *arguments], capture_output=True, text=True)
    return None if made.returncode == 0 else f"not converted: {made.stderr.strip().splitlines()[-1:]}"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def serve(server, model, projector, log):
    """True when the server comes up with both."""
    port = free_port()
    arguments = [server, "-m", model, "--mmproj", projector, "--port", str(port), "-c", "256", "-t", "1", "--no-warmup", "--no-mmproj-offload"]
    with open(log, "w", encoding="utf-8") as out:
        process = subprocess.Popen(arguments, stdout=out, stderr=subprocess.STDOUT)
    try:
        for _ in range(WAIT * 5):
            if process.poll() is not None:
                return False
            try:
                if urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).status == 200:
                    return True
            except OSError:
                time.sleep(0.2)
        return False
    finally:
        process.kill()
        process.wait()


def check(server, cli, recipe, tokenizers, scratch):
    folder = repository.build(recipe, tokenizers, scratch)
    projector = os.path.join(scratch, "mmproj.gguf")
    # The server takes no BF16 convolutions on every processor.
    failed = convert(cli, folder, "--mmproj", "--outtype", "f16", "-o", projector, "--as-reference")
    width = 32
    for _ in range(2):
        model = os.path.join(scratch, f"llama-{width}.gguf")
        failed = failed or convert(cli, llama(width, scratch, tokenizers), "--pre", "default", "--outtype", "f32", "-o", model)
        if failed:
            return failed
        log = os.path.join(scratch, "server.log")
        if serve(server, model, projector, log):
            return "loads"
        with open(log, encoding="utf-8", errors="replace") as file:
            story = file.read()
        # mtmd says how wide the language model has to be.
        wanted = re.search(r"mmproj \(n_embd = (\d+)\)", story)
        if wanted is None or int(wanted.group(1)) == width:
            break
        width = int(wanted.group(1))
    said = [line for line in story.splitlines() if re.search(r"unable|missing|not found|GGML_ASSERT|mismatch|unknown|not supported|clip_init", line)]
    return f"not loaded: {said[0].strip()[:200]}" if said else f"not loaded: {story.strip().splitlines()[-1:]}"


def main():
    server, cli, *paths = sys.argv[1:]
    for path in paths:
        tokenizers = os.path.join(os.path.dirname(path), "tokenizers")
        with open(path, encoding="utf-8") as file:
            for recipe in json.load(file):
                with tempfile.TemporaryDirectory() as scratch:
                    print(f"{recipe['name']}: {check(server, cli, recipe, tokenizers, scratch)}", flush=True)


main()
