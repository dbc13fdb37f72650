"""Every number that llama-perplexity --kl-divergence prints, digit for digit, as JSON: evaluate_numbers.py NAME=LOG...

Uncertainties stand under the name with a sign behind it: "kld.mean ±".
"""

import json
import re
import sys

NAMES = {
    "Mean PPL(Q)": "ppl",
    "Mean PPL(base)": "ppl.base",
    "Cor(ln(PPL(Q)), ln(PPL(base)))": "ppl.correlation",
    "Mean ln(PPL(Q)/PPL(base))": "ppl.lnRatio",
    "Mean PPL(Q)/PPL(base)": "ppl.ratio",
    "Mean PPL(Q)-PPL(base)": "ppl.difference",
    "RMS Δp": "deltaP.rms",
    "Same top p": "top.same",
}
PARTS = {"Mean": "mean", "Maximum": "max", "Median": "median", "Minimum": "min"}
LINE = re.compile(r"^(?P<name>.+?)\s*:\s*(?P<value>-?[\d.]+)\s*%?(?:\s*±\s*(?P<error>-?[\d.]+))?\s*%?$")


def name_of(printed):
    if printed in NAMES:
        return NAMES[printed]
    part, kind = printed.split()
    prefix = {"KLD": "kld", "Δp": "deltaP"}[kind]
    return f"{prefix}.{PARTS.get(part) or 'p' + part[:-1].removesuffix('.0').replace('.', '_')}"


def numbers(path):
    text = open(path, encoding="utf-8").read().split("====== Perplexity statistics ======")[1]
    found = {}
    for line in map(str.strip, text.splitlines()):
        match = LINE.match(line)
        if match is None or line.startswith("["):
            continue
        name = name_of(match["name"])
        found[name] = match["value"]
        if match["error"] is not None:
            found[f"{name} ±"] = match["error"]
    return found


print(json.dumps({name: numbers(path) for name, path in (arg.split("=") for arg in sys.argv[1:])}, indent=2))
