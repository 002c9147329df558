"""Prints a safetensors file as JSON, as Python's safetensors reads it: python read.py <file>"""

import json
import sys

from safetensors import safe_open

with safe_open(sys.argv[1], framework="numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    out = {k: [str(x.dtype), list(x.shape), x.flatten().tolist()] for k, x in tensors.items()}
    print(json.dumps({"tensors": out, "metadata": file.metadata()}))
