"""Prints the defaults of transformers' configuration classes for models that see or hear, as a TypeScript table.

Usage: python media_defaults.py > src/convert/config/media-defaults.ts

A composite class gives the configurations in it (`vision_config`, `audio_config`, …) their own defaults. Some take what
`model_type` says there, others have one class for each place.
"""

import json
import os
import sys

# Scripts beside this one have names of Python packages.
sys.path = [path for path in sys.path if os.path.abspath(path or ".") != os.path.dirname(os.path.abspath(__file__))]

os.environ["HF_HUB_OFFLINE"] = "1"

import transformers
from transformers import PretrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

# Composite classes, and where the configurations of their encoders are.
OWNERS = {
    "gemma3": ["vision_config"],
    "gemma3n": ["vision_config", "audio_config"],
    "glm4v": ["vision_config"],
    "glm4v_moe": ["vision_config"],
    "granite_speech": ["encoder_config", "projector_config"],
    "idefics3": ["vision_config"],
    "internvl": ["vision_config"],
    "janus": ["vision_config"],
    "lfm2_vl": ["vision_config"],
    "llama4": ["vision_config"],
    "llava": ["vision_config"],
    "mistral3": ["vision_config"],
    "qwen2_audio": ["audio_config"],
    "qwen2_vl": ["vision_config"],
    "qwen2_5_vl": ["vision_config"],
    "qwen2_5_omni": ["thinker_config.vision_config", "thinker_config.audio_config"],
    "qwen3_omni_moe": ["thinker_config.vision_config", "thinker_config.audio_config"],
    "qwen3_vl": ["vision_config"],
    "qwen3_vl_moe": ["vision_config"],
    "smolvlm": ["vision_config"],
    "voxtral": ["audio_config"],
}
# What an open place may hold.
OPEN = ["clip_vision_model", "pixtral", "qwen2_audio_encoder", "siglip_vision_model", "siglip2_vision_model",
        "voxtral_encoder", "blip_2_qformer"]
IGNORED = set(PretrainedConfig().to_dict()) - {"model_type"} | {"initializer_range", "initializer_factor", "use_cache"}


def simple(value):
    if isinstance(value, (list, tuple)):
        return len(value) <= 64 and all(simple(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def defaults(config):
    return {key: list(value) if isinstance(value, tuple) else value
            for key, value in sorted(config.to_dict().items()) if key not in IGNORED and simple(value)}


def nested(config, path):
    for name in path.split("."):
        config = getattr(config, name)
    return config


def aliases(config):
    """Other names for keys that the class honours: some set their own defaults behind them."""
    return {alias: name for alias, name in config.attribute_map.items() if getattr(type(config)(**{alias: 7}), name) == 7}


def is_open(owner, path):
    """Whether the class at this place is chosen by what `model_type` says there."""
    other = "clip_vision_model" if nested(CONFIG_MAPPING[owner](), path).model_type != "clip_vision_model" else "pixtral"
    given = {"model_type": other}
    for name in reversed(path.split(".")):
        given = {name: given}
    try:
        return type(nested(CONFIG_MAPPING[owner](**given), path)).model_type == other
    except Exception:
        return False


def text_width(owner, paths):
    """The width of the language model that the class puts where a configuration states none, where, and whether it may stand outside."""
    inside = paths[0].rpartition(".")[0]

    def width(**given):
        whole = CONFIG_MAPPING[owner](**given).to_dict()
        return (whole.get(inside, {}) if inside else whole).get("text_config", {}).get("hidden_size")

    return {"textWidth": width(), "textOutside": width(hidden_size=7) == 7, "textInside": inside}


def text(value):
    return json.dumps(value, ensure_ascii=False)


def main():
    print("/**")
    print(f" * Defaults of the classes of transformers {transformers.__version__} for models that see or hear.")
    print(" * Made by test/oracle/media_defaults.py: do not edit.")
    print(" */")
    print("import type { JsonObject } from '../../files/index.js';\n")
    print("/** The class of an encoder's configuration. */")
    print("export interface EncoderClass {\n  readonly defaults: JsonObject;")
    print("  /** Other names that the class takes for its keys. */\n  readonly aliases: Readonly<Record<string, string>>;\n}\n")
    print("/** A configuration of an encoder in a composite one: where it is, and whether its `model_type` counts. */")
    print("export interface EncoderPlace extends EncoderClass {\n  readonly path: string;\n  readonly open: boolean;\n}\n")
    print("/** A composite class. */")
    print("export interface MediaClass {\n  readonly defaults: JsonObject;\n  readonly encoders: readonly EncoderPlace[];")
    print("  /** `hidden_size` of the language model where there is no `text_config`. */\n  readonly textWidth?: number;")
    print("  /** The class looks for it outside, in the configuration around it. */\n  readonly textOutside?: boolean;")
    print("  /** The configuration in which `text_config` is expected, where that is not the whole. */\n  readonly textInside?: string;\n}\n")
    print("/** Composite classes by `model_type`: their own defaults, and those of their encoders. */")
    print("export const MEDIA_CLASSES: ReadonlyMap<string, MediaClass> = new Map<string, MediaClass>([")
    for owner, paths in OWNERS.items():
        config = CONFIG_MAPPING[owner]()
        own = {key: value for key, value in defaults(config).items() if key != "model_type"}
        print(f"  [{text(owner)}, {{ defaults: {text(own)}, encoders: [")
        for path in paths:
            encoder = nested(config, path)
            print(f"    {{ path: {text(path)}, open: {text(is_open(owner, path))}, defaults: {text(defaults(encoder))}, aliases: {text(aliases(encoder))} }},")
        width = text_width(owner, paths)
        said = ", ".join(f"{key}: {text(value)}" for key, value in width.items() if value)
        print(f"  ]{', ' + said if said else ''} }}],")
    print("]);\n")
    print("/** What an open place may hold, by `model_type`. */")
    print("export const ENCODER_CLASSES: ReadonlyMap<string, EncoderClass> = new Map<string, EncoderClass>([")
    for name in OPEN:
        config = CONFIG_MAPPING[name]()
        print(f"  [{text(name)}, {{ defaults: {text(defaults(config))}, aliases: {text(aliases(config))} }}],")
    print("]);")


main()
