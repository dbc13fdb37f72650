"""Writes the names that the converter's two maps have.

Usage: python conversion_map.py LLAMA_CPP > test/fixtures/golden/conversion-map.json
"""

import ast
import json
import os
import sys


def main():
    with open(os.path.join(sys.argv[1], "conversion", "__init__.py"), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    maps = {node.target.id: sorted(ast.literal_eval(node.value)) for node in tree.body
            if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "").endswith("_MODEL_MAP")}
    json.dump({"text": maps["TEXT_MODEL_MAP"], "projectors": maps["MMPROJ_MODEL_MAP"]}, sys.stdout, indent=1)
    print()


main()
