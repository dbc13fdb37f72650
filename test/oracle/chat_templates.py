"""Writes the chat templates that llama.cpp's converter takes from its own collection as TypeScript modules.

Usage: python chat_templates.py LLAMA_CPP DIR     (DIR is src/convert/tokenizers/templates)
"""

import json
import os
import sys

TEMPLATES = [
    ("mistral-small-3.2.ts", "MISTRAL_SMALL_3_2", "Mistral-Small-3.2-24B-Instruct-2506.jinja",
     ["The chat template that llama.cpp 0.5.0 gives to models whose Mistral tokenizer is of version 11. Data of others, word",
      "for word, because the bytes of a GGUF depend on it: models/templates/{file} of",
      "that release (MIT licence), there made from mistralai/Mistral-Small-3.2-24B-Instruct-2506 (Apache-2.0)."]),
    ("devstral-small-2507.ts", "DEVSTRAL_SMALL_2507", "unsloth-mistral-Devstral-Small-2507.jinja",
     ["The chat template that llama.cpp 0.5.0 gives to models whose Mistral tokenizer is of version 13. Data of others, word",
      "for word, because the bytes of a GGUF depend on it: models/templates/{file} of",
      "that release (MIT licence), there from the Unsloth team's edition of mistralai/Devstral-Small-2507 (Apache-2.0, as its",
      "first lines say)."]),
    ("minimax-m1.ts", "MINIMAX_M1", "MiniMax-M1.jinja",
     ["The chat template that llama.cpp 0.5.0 gives to MiniMax Text 01 and M1 without one. Data of others, word for word,",
      "because the bytes of a GGUF depend on it: models/templates/{file} of that release (MIT licence)."]),
    ("kimi-k3.ts", "KIMI_K3", "Kimi-K3.jinja",
     ["The chat template that llama.cpp 0.5.0 gives to Kimi K3 without one. Data of others, word for word, because the bytes of",
      "a GGUF depend on it: models/templates/{file} of that release (MIT licence)."]),
    ("deepseek-v4.ts", "DEEPSEEK_V4", "deepseek-ai-DeepSeek-V4.jinja",
     ["The chat template that llama.cpp 0.5.0 gives to DeepSeek V4 without one. Data of others, word for word, because the",
      "bytes of a GGUF depend on it: models/templates/{file} of that release (MIT licence)."]),
    ("deepseek-v4-0731.ts", "DEEPSEEK_V4_0731", "deepseek-ai-DeepSeek-V4-Flash-0731.jinja",
     ["The chat template that llama.cpp 0.5.0 gives to a DeepSeek V4 of 31 July without one. Data of others, word for word,",
      "because the bytes of a GGUF depend on it: models/templates/{file} of that release (MIT licence)."]),
]


def main():
    llama_cpp, target = sys.argv[1:]
    os.makedirs(target, exist_ok=True)
    for module, constant, file, comment in TEMPLATES:
        with open(os.path.join(llama_cpp, "models", "templates", file), encoding="utf-8") as source:
            lines = source.read().split("\n")
        with open(os.path.join(target, module), "w", encoding="utf-8") as out:
            out.write("/**\n" + "".join(f" * {line.format(file=file)}\n" for line in comment) + " */\n")
            out.write(f"export const {constant}: string = [\n")
            out.write("".join(f"  {json.dumps(line, ensure_ascii=False)},\n" for line in lines))
            out.write("].join('\\n');\n")


main()
