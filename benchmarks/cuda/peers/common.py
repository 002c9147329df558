"""What the PyTorch peers of the GPU share: one JSON request per line in, one JSON answer per line out. The first argument
is the device, cuda or cpu (to try a peer where there is no GPU; there are no graphs then).

  {"do": "setup", ...}                               makes a case in the place of the last one -> {}
  {"do": "run", "what", "precision", "count"}        -> {"seconds", "value"?} or {"problem"}

A turn begins and ends with a GPU that has nothing to do.
"""

import base64
import contextlib
import json
import pathlib
import sys
import time

import numpy as np
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "peers"))

DEVICE = torch.device(sys.argv[1] if len(sys.argv) > 1 else "cuda")
ON_GPU = DEVICE.type == "cuda"
PRECISIONS = ["float32", "tf32", "bfloat16"]


def array(text, dtype):
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), dtype=dtype).copy()).to(DEVICE)


def synchronize():
    if ON_GPU:
        torch.cuda.synchronize()


def set_precision(precision):
    """tf32 is a switch of the process; bfloat16 is autocast (see autocast)."""
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.allow_tf32 = precision == "tf32"
    torch.backends.cudnn.benchmark = True


def autocast(precision):
    """Around forward and loss. No cache of casts: it would not survive the capture of a graph."""
    if precision != "bfloat16":
        return contextlib.nullcontext()
    return torch.autocast(DEVICE.type, dtype=torch.bfloat16, cache_enabled=False)


def capture(step):
    """The replay of `step` as one CUDA graph, and what the last replay returned."""
    if not ON_GPU:
        return step
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        value = step()

    def replay():
        graph.replay()
        return value

    return replay


def timed(run, count):
    synchronize()
    start = time.perf_counter()
    for _ in range(count):
        value = run()
    synchronize()
    answer = {"seconds": time.perf_counter() - start}
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        answer["value"] = value.item()
    return answer


def serve(make_case):
    """make_case(ask) has runner(what, precision), which gives a function; runners are made once."""
    case, runners = None, {}
    hello = {"torch": torch.__version__, "cuda": torch.version.cuda, "device": str(DEVICE)}
    print(json.dumps(hello), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            if ask["do"] == "setup":
                case, runners = None, {}
                case = make_case(ask)
                answer = {}
            else:
                key = (ask["what"], ask["precision"])
                set_precision(ask["precision"])
                if key not in runners:
                    runners[key] = case.runner(*key)
                answer = timed(runners[key], ask["count"])
        except Exception as problem:
            answer = {"problem": f"{type(problem).__name__}: {str(problem).strip()[:300]}"}
        print(json.dumps(answer), flush=True)
