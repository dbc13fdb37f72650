"""What the tiktoken tokenizers of test/fixtures/convert/tokenizers make of the text that pre-tokenizers are told apart by.

Usage: python tiktoken_check.py LLAMA_CPP TOKENIZERS_DIR > test/fixtures/golden/tiktoken-check.json
"""

import hashlib
import inspect
import json
import os
import re
import sys

sys.path.insert(0, sys.argv[1])

from conversion.base import TextModel
from transformers import AutoTokenizer

source = inspect.getsource(TextModel.get_vocab_base_pre)
text = eval(re.search(r"chktxt = ('.*')$", source, re.MULTILINE).group(1))
result = {}
for name in ("hunyuan", "kimi", "stablelm"):
    tokenizer = AutoTokenizer.from_pretrained(os.path.join(sys.argv[2], name), trust_remote_code=True)
    ids = tokenizer.encode(text)
    result[name] = {"count": len(ids), "sha256": hashlib.sha256(str(ids).encode()).hexdigest()}
print(json.dumps(result, indent=1))
