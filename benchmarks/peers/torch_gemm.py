"""torch.mm for the benchmark of matrix products, as a server over stdin and stdout.

  {"do": "NN"|"NT"|"TN", "m", "n", "k", "count"}      count products -> {"seconds"}
"""

import json
import sys
import time

import torch

torch.set_num_threads(int(sys.argv[1]))
print(json.dumps({"torch": torch.__version__}), flush=True)
for line in sys.stdin:
    ask = json.loads(line)
    m, n, k = ask["m"], ask["n"], ask["k"]
    a = torch.rand(k, m).t() if ask["do"] == "TN" else torch.rand(m, k)
    b = torch.rand(n, k).t() if ask["do"] == "NT" else torch.rand(k, n)
    c = torch.empty(m, n)
    with torch.inference_mode():
        torch.mm(a, b, out=c)
        start = time.perf_counter()
        for _ in range(ask["count"]):
            torch.mm(a, b, out=c)
        seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds}), flush=True)
