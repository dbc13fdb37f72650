"""Prints the defaults of transformers' configuration classes as a TypeScript table.

Usage: python transformers_defaults.py MODEL_TYPE... > src/convert/config/transformers-defaults.ts

llama.cpp's converter reads config.json through `AutoConfig`, so a key that a repository leaves out is written with the
default of its class. Values that a class computes from others are not here: src/convert/config/derived.ts has them.
"""

import inspect
import json
import os
import sys

# Scripts beside this one have names of Python packages.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers
from transformers import PretrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

IGNORED = {"model_type", "transformers_version", "architectures", "_name_or_path", "initializer_range", "use_cache",
           "dtype", "torch_dtype", "return_dict", "init_std", "initializer_factor", "output_router_logits"}
BASE = PretrainedConfig().to_dict()
# The class attributes of the base that the converter looks at.
KEPT_FROM_BASE = {"max_length", "pad_token_id", "bos_token_id", "eos_token_id", "tie_word_embeddings"}


def simple(value):
    if isinstance(value, dict):
        return 0 < len(value) <= 8 and all(simple(item) and not isinstance(item, dict) for item in value.values())
    if isinstance(value, (list, tuple)):
        return len(value) <= 8 and all(simple(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def computed(config_class, key, value):
    """True for what the class derives from other values: its signature does not have what the object has."""
    parameter = inspect.signature(config_class.__init__).parameters.get(key)
    if parameter is None:
        return key not in BASE
    return parameter.default is not inspect.Parameter.empty and parameter.default != value


def aliases(model_type):
    return dict(sorted(CONFIG_MAPPING[model_type].attribute_map.items()))


def defaults(model_type):
    config_class = CONFIG_MAPPING[model_type]
    values = config_class().to_dict()
    # What has the base's default is left out: the table's first entry has it for all.
    return {key: value for key, value in sorted(values.items())
            if key not in IGNORED and simple(value) and not computed(config_class, key, value)
            and (key not in BASE or (key in KEPT_FROM_BASE or key == "is_decoder") and value != BASE[key])}


def text_types():
    """Composite classes, with the type of the text configuration that they make unless it says so itself."""
    for model_type in sorted(CONFIG_MAPPING.keys()):
        for path in (("text_config",), ("thinker_config", "text_config")):
            try:
                config = CONFIG_MAPPING[model_type]()
                for name in path:
                    config = getattr(config, name)
            except Exception:
                continue
            if getattr(config, "model_type", None) and config.model_type != model_type:
                named = [name for name in CONFIG_MAPPING.keys() if CONFIG_MAPPING[name] is type(config)]
                yield model_type, config.model_type if config.model_type in named else [*named, config.model_type][0]
                break


def entry(key, value):
    name = key if key.isidentifier() else json.dumps(key)
    return f"{name}: {json.dumps(value)}"


def main():
    print("/**")
    print(f" * Defaults of the configuration classes of transformers {transformers.__version__}, by `model_type`.")
    print(" * Made by test/oracle/transformers_defaults.py: do not edit.")
    print(" */")
    print("import type { JsonObject } from '../../files/index.js';\n")
    print("/** What every class has unless it says otherwise. */")
    print("export const BASE_DEFAULTS: JsonObject = {")
    for key in sorted(KEPT_FROM_BASE):
        print(f"  {entry(key, BASE[key])},")
    print("};\n")
    print("export const TRANSFORMERS_DEFAULTS: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([")
    for model_type in sys.argv[1:]:
        print(f"  [{json.dumps(model_type)}, {{ {', '.join(entry(k, v) for k, v in defaults(model_type).items())} }}],")
    print("]);\n")
    print("/** Other names that a class takes for its keys, by `model_type`. */")
    print("export const TRANSFORMERS_ALIASES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([")
    for model_type in sys.argv[1:]:
        if names := aliases(model_type):
            pairs = ", ".join(f"[{json.dumps(alias)}, {json.dumps(name)}]" for alias, name in names.items())
            print(f"  [{json.dumps(model_type)}, new Map([{pairs}])],")
    print("]);\n")
    print("/** Type of the text configuration in classes of several models, where it does not say its own. */")
    print("export const TRANSFORMERS_TEXT_TYPES: ReadonlyMap<string, string> = new Map([")
    for model_type, text_type in text_types():
        print(f"  [{json.dumps(model_type)}, {json.dumps(text_type)}],")
    print("]);\n")
    print("/** All types, longer names first: one that a directory's name contains is taken where config.json names none. */")
    print(f"export const TRANSFORMERS_TYPES: readonly string[] = {json.dumps(' '.join(sorted(CONFIG_MAPPING.keys(), key=len, reverse=True)))}.split(' ');")


main()
