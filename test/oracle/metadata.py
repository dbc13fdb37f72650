#!/usr/bin/env python3
"""Golden values for test/convert/metadata.test.ts, from gguf-py's own Metadata and GGUFWriter.

    python3 test/oracle/metadata.py --llama DIR > test/fixtures/golden/metadata.json

Names: every line of metadata-names.txt, with three parameter counts. Cards: every case of metadata-cards.json, through
Metadata.load and set_gguf_meta_model, and what the writer would store.
"""
import argparse
import json
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
COUNTS = [0, 135_000_000, 7_241_732_096]
SIZES = [
    [0, 0, 0, 0], [999, 999, 0, 0], [17_000_000, 17_000_000, 0, 0], [250, 250, 0, 0], [1_250_000, 1_250_000, 0, 0],
    [9_950_000, 9_950_000, 0, 0], [1_235_814_400, 1_235_814_400, 0, 0], [7_241_732_096, 7_241_732_096, 0, 0],
    [46_702_792_704, 1_605_636_096, 5_637_144_576, 8], [1_026_408_225_792, 1_026_408_225_792, 0, 0],
    [22_713_728, 22_713_728, 0, 0], [500, 500, 0, 0], [125, 125, 0, 0], [1500, 1500, 0, 0], [2500, 2500, 0, 0],
    [12_500, 12_500, 0, 0], [13_500, 13_500, 0, 0], [1_000_000, 1_000_000, 0, 0], [1_000_001, 1_000_001, 0, 0],
]


def load_case(case, gguf):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary) / case["directory"]
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(case.get("config", {})), encoding="utf-8")
        if "card" in case:
            (folder / "README.md").write_text(case["card"], encoding="utf-8", newline="")
        if "generation" in case:
            text = case["generation"]
            text = text if isinstance(text, str) else json.dumps(text)
            (folder / "generation_config.json").write_text(text, encoding="utf-8")
        overrides = None
        if "overrides" in case:
            overrides = pathlib.Path(temporary) / "overrides.json"
            overrides.write_text(json.dumps(case["overrides"]), encoding="utf-8")
        total = case.get("parameters", 0)
        metadata = gguf.Metadata.load(overrides, folder, case.get("modelName"), total)
        if metadata.name is None:
            metadata.name = folder.name
        if metadata.size_label is None and total > 0:
            metadata.size_label = gguf.size_label(total, total, 0, 0)
        writer = gguf.GGUFWriter(None, "llama")
        writer.add_type(gguf.GGUFType.MODEL)
        metadata.set_gguf_meta_model(writer)
        rows = []
        for key, value in writer.kv_data[0].items():
            writer._pack_val(value.value, value.type, add_vtype=True)  # fails for what cannot be written
            row = [key, value.type.name, value.value]
            if value.type == gguf.GGUFValueType.ARRAY:
                row.insert(2, gguf.GGUFValueType.get_type(value.value[0]).name)
            rows.append(row)
        return rows


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--llama", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    sys.path.insert(0, str(arguments.llama / "gguf-py"))
    import gguf

    names = (HERE / "metadata-names.txt").read_text(encoding="utf-8").splitlines()
    golden = {"names": [], "titles": [], "sizes": [], "cards": {}}
    for name in names:
        for count in COUNTS:
            golden["names"].append([name, count, *gguf.Metadata.get_model_id_components(name, count)])
        golden["titles"].append([name, gguf.Metadata.id_to_title(name)])
    for counts in SIZES:
        golden["sizes"].append([counts, gguf.size_label(*counts)])
    for case in json.loads((HERE / "metadata-cards.json").read_text(encoding="utf-8")):
        try:
            golden["cards"][case["name"]] = load_case(case, gguf)
        except Exception as error:  # the reference fails in many ways; that it fails is what counts
            print(case["name"], type(error).__name__, error, file=sys.stderr)
            golden["cards"][case["name"]] = "refused"
    parts = []
    for topic, rows in golden.items():
        lines = [json.dumps(k) + ": " + json.dumps(v, ensure_ascii=False) for k, v in rows.items()] \
            if isinstance(rows, dict) else [json.dumps(row, ensure_ascii=False) for row in rows]
        opening, closing = ("{", "}") if isinstance(rows, dict) else ("[", "]")
        parts.append(f'  "{topic}": {opening}\n    ' + ",\n    ".join(lines) + f"\n  {closing}")
    print("{\n" + ",\n".join(parts) + "\n}")


if __name__ == "__main__":
    main()
