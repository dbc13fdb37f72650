"""Prints which names checkpoints give to the tensors of a GGUF, as a TypeScript table.

Usage: PYTHONPATH=<llama.cpp>/gguf-py python tensor_names.py > src/convert/names/tensor-names.ts
       PYTHONPATH=<llama.cpp>/gguf-py python tensor_names.py clip > src/convert/names/clip-names.ts
All architectures but GPT-J's, which its converter lacks, or projectors' alone, whose table is one of its own. `{}` stands
for the number of a block.
"""

import json
import sys

from gguf.constants import MODEL_ARCH, MODEL_ARCH_NAMES, MODEL_TENSORS, TENSOR_NAMES
from gguf.tensor_mapping import TensorNameMap


def template(name):
    return name.replace("{bid}", "{}").replace("{xid}", "{}")


def row(tensor, names):
    return f"  [{json.dumps(tensor.name)}, {json.dumps(template(TENSOR_NAMES[tensor]))}, {json.dumps([template(name) for name in names])}],"


def main():
    archs = sorted((name, arch) for arch, name in MODEL_ARCH_NAMES.items() if (name == "clip" if sys.argv[1:] == ["clip"] else name not in ("clip", "gptj")))
    used = {tensor for _, arch in archs for tensor in MODEL_TENSORS[arch]}
    print("/**")
    print(" * How checkpoints name the tensors of a GGUF (facts of llama.cpp 0.5.0, gguf-py/gguf/tensor_mapping.py).")
    print(" * Made by test/oracle/tensor_names.py: do not edit. `{}` is a block's number. Where two tensors of an architecture")
    print(" * claim one name, the later row has it.")
    print(" */")
    print("export const TENSOR_NAMES: readonly (readonly [tensor: string, gguf: string, names: readonly string[]])[] = [")
    for config in (TensorNameMap.mappings_cfg, TensorNameMap.block_mappings_cfg):
        for tensor, names in config.items():
            if tensor in used:
                print(row(tensor, names))
    # Tensors that no checkpoint has: they are made of others, but have a place in the rules about types.
    named = {**TensorNameMap.mappings_cfg, **TensorNameMap.block_mappings_cfg}
    for tensor in sorted((tensor for tensor in used if tensor not in named and tensor in TENSOR_NAMES), key=lambda tensor: tensor.name):
        print(row(tensor, []))
    print("];\n")
    print("/** The tensors (first column above) that an architecture may have, by the architecture's name in a GGUF. */")
    print("export const ARCHITECTURE_TENSORS: ReadonlyMap<string, readonly string[]> = new Map([")
    for name, arch in archs:
        tensors = " ".join(tensor.name for tensor in MODEL_TENSORS[arch])
        print(f"  [{json.dumps(name)}, {json.dumps(tensors)}.split(' ')],")
    print("]);\n")
    print("/** Names that mean something else in one architecture. */")
    print("export const ARCHITECTURE_NAMES: ReadonlyMap<string, typeof TENSOR_NAMES> = new Map<string, typeof TENSOR_NAMES>([")
    for name, arch in archs:
        overrides = TensorNameMap.arch_block_mappings_cfg.get(arch)
        if overrides:
            print(f"  [{json.dumps(name)}, [")
            for tensor, names in overrides.items():
                print("  " + row(tensor, names))
            print("  ]],")
    print("]);")
    assert MODEL_ARCH


main()
