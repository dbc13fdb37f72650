"""Lets the libraries of quantizations restore the matrices of small repositories, and stores digests of them as BF16.

Usage: python restored.py test/fixtures/restored.json --golden test/fixtures/golden [--method METHOD]...
Writes DIR/restored.json: by recipe and tensor, the SHA-256 of the restored matrix. Methods whose library is not there keep
what is stored: mlx does not live beside the torch that the others want. Tried with bitsandbytes 0.50.2,
compressed-tensors 0.20.1 and mlx 0.32.4, on the processor. Of AutoAWQ 0.2.7.post3 and AutoGPTQ 0.7.1, which want other
versions of everything else, only the files are loaded that restore in torch: AUTOAWQ and AUTOGPTQ name the folders where
their wheels (`pip download --no-deps`) are unpacked. AutoGPTQ does not know the second version of its format: that
arithmetic is written out here.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import unittest.mock

import numpy as np

import repository

NUMPY = {"I32": np.int32, "U32": np.uint32, "U8": np.uint8, "I8": np.int8, "F32": np.float32, "F16": np.float16}


def arrays(recipe):
    return {name: (dtype, shape, repository.data_of(name, dtype, int(np.prod(shape, dtype=np.int64)), fill))
            for name, dtype, shape, fill in repository.tensors_of(recipe["tensors"], recipe["dtype"])}


def torch_tensor(entry):
    import torch
    dtype, shape, data = entry
    special = {"BF16": torch.bfloat16, "F8_E4M3": torch.float8_e4m3fn}
    if dtype in special:
        return torch.frombuffer(bytearray(data), dtype=special[dtype]).reshape(shape)
    return torch.from_numpy(np.frombuffer(data, NUMPY[dtype]).reshape(shape).copy())


def digest(tensor):
    import torch
    return hashlib.sha256(tensor.to(torch.bfloat16).contiguous().view(torch.uint8).numpy().tobytes()).hexdigest()


def integers(words, bits):
    """All integers of 32-bit words, least significant first, along a new last axis."""
    import torch
    shifts = torch.arange(0, 32, bits, dtype=torch.int32)
    return torch.bitwise_and(torch.bitwise_right_shift(words[..., None], shifts), 2 ** bits - 1)


def module_of(variable, path):
    """A module of a library by its file, without what the library imports beside it."""
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], os.path.join(os.environ[variable], path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def awq(tensors, config):
    library = module_of("AUTOAWQ", "awq/utils/packing_utils.py")
    for name in [name for name in tensors if name.endswith(".qweight")]:
        base = name[:-len(".qweight")]
        words, zeros, scales = (torch_tensor(tensors[f"{base}.{part}"]) for part in ("qweight", "qzeros", "scales"))
        size = words.shape[0] // scales.shape[0]
        yield f"{base}.weight", digest(library.dequantize_gemm(words, zeros, scales, 4, size).T)


def gptq(tensors, config):
    import torch
    quantization = config["quantization_config"]
    bits, size = quantization["bits"], quantization["group_size"]
    for name in [name for name in tensors if name.endswith(".qweight")]:
        base = name[:-len(".qweight")]
        words, zeros, scales = (torch_tensor(tensors[f"{base}.{part}"]) for part in ("qweight", "qzeros", "scales"))
        inputs = words.shape[0] * 32 // bits
        if quantization.get("checkpoint_format", "gptq") == "gptq":
            linear = module_of("AUTOGPTQ", "auto_gptq/nn_modules/qlinear/qlinear_cuda_old.py").QuantLinear
            layer = linear(bits, size, inputs, scales.shape[1], False, weight_dtype=scales.dtype)
            layer.qweight, layer.qzeros, layer.scales = words, zeros, scales
            # A layer hands its weights to the product and to nothing else; a product with 1 would lose the sign of zeros.
            with unittest.mock.patch("torch.matmul", lambda vectors, matrix: matrix):
                restored = layer(torch.eye(inputs, dtype=scales.dtype))
        else:
            weight = integers(words, bits).transpose(1, 2).flatten(0, 1)
            groups = torch.arange(inputs) // (size if size > 0 else inputs)
            restored = scales[groups] * (weight - integers(zeros, bits).flatten(1)[groups])
        yield f"{base}.weight", digest(restored.T)


def bitsandbytes(tensors, config):
    import torch
    import bitsandbytes.functional as functional
    for name in tensors:
        if name.endswith(".SCB"):
            weight = torch_tensor(tensors[name[:-4] + ".weight"])
            yield name[:-4] + ".weight", digest(functional.int8_vectorwise_dequant(weight, torch_tensor(tensors[name])))
        if ".quant_state." not in name:
            continue
        base = name[:name.index(".quant_state.")]
        state = {part[len(base) + 1:]: torch_tensor(tensors[part]) for part in tensors if part.startswith(base + ".")}
        quantized = functional.QuantState.from_dict(state, device=torch.device("cpu"))
        yield base, digest(functional.dequantize_4bit(torch_tensor(tensors[base]), quantized))


def compressed_tensors(tensors, config):
    import torch
    from compressed_tensors.compressors.nvfp4.helpers import unpack_fp4_from_uint8
    for name in [name for name in tensors if name.endswith(".weight_scale")]:
        base = name[:-len(".weight_scale")]
        scale = torch_tensor(tensors[name])
        if f"{base}.weight_packed" in tensors:
            packed = torch_tensor(tensors[f"{base}.weight_packed"])
            values = unpack_fp4_from_uint8(packed, packed.shape[0], packed.shape[1] * 2)
            whole = torch_tensor(tensors[f"{base}.weight_global_scale"])
            spread = (scale.to(whole.dtype) / whole).repeat_interleave(16, 1)
            yield f"{base}.weight", digest(values.to(spread.dtype) * spread)
        else:
            yield f"{base}.weight", digest(torch_tensor(tensors[f"{base}.weight"]).to(scale.dtype) * scale)


def mlx(tensors, config):
    import mlx.core as mx
    mx.set_default_device(mx.cpu)

    def array(entry):
        dtype, shape, data = entry
        if dtype == "BF16":
            words = mx.array(np.frombuffer(data, np.uint16).reshape(shape))
            return words.view(mx.bfloat16)
        return mx.array(np.frombuffer(data, NUMPY[dtype]).reshape(shape))

    for name in [name for name in tensors if name.endswith(".scales")]:
        base = name[:-len(".scales")]
        own = config["quantization"].get(base, config["quantization"])
        parts = [array(tensors[f"{base}.{part}"]) for part in ("weight", "scales", "biases")]
        restored = mx.dequantize(*parts, group_size=own["group_size"], bits=own["bits"]).astype(mx.bfloat16)
        yield f"{base}.weight", hashlib.sha256(np.array(restored.view(mx.uint16)).tobytes()).hexdigest()


METHODS = {"awq": awq, "gptq": gptq, "bitsandbytes": bitsandbytes, "compressed-tensors": compressed_tensors, "mlx": mlx}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("recipes")
    parser.add_argument("--golden", required=True)
    parser.add_argument("--method", action="append", choices=list(METHODS))
    args = parser.parse_args()
    with open(args.recipes, encoding="utf-8") as file:
        recipes = json.load(file)
    target = os.path.join(args.golden, "restored.json")
    stored = {}
    if os.path.exists(target):
        with open(target, encoding="utf-8") as file:
            stored = json.load(file)
    for recipe in recipes:
        if args.method is None or recipe["method"] in args.method:
            stored[recipe["name"]] = dict(METHODS[recipe["method"]](arrays(recipe), recipe["config"]))
    with open(target, "w", encoding="utf-8") as out:
        json.dump({recipe["name"]: stored[recipe["name"]] for recipe in recipes if recipe["name"] in stored}, out, indent=1)
        out.write("\n")


main()
