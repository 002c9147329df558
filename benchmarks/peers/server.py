"""What the PyTorch peers share: one JSON request per line in, one JSON answer per line out, so that the harness can
interleave its own turns with these. Threads are set by the first argument."""

import base64
import json
import sys
import time

import numpy as np
import torch


def array(text, dtype="float32"):
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), dtype=dtype).copy())


def load_parameters(module, flat):
    """Fills the parameters, in order, from one flat array."""
    at = 0
    with torch.no_grad():
        for parameter in module.parameters():
            count = parameter.numel()
            parameter.copy_(flat[at : at + count].reshape(parameter.shape))
            at += count
    assert at == flat.numel(), f"parameters: got {flat.numel()}, expected {at}"


def compiled_step(case, loss):
    """Compiles a loss (and with it its backward) and runs a step of it; the answer says what went wrong, if anything."""
    try:
        import torch._dynamo

        torch._dynamo.config.suppress_errors = False
        case.compiled_loss = torch.compile(loss)
        for _ in range(3):
            case.compiled()
        return None
    except Exception as problem:  # inductor needs a C++ compiler and Python's headers
        return f"{type(problem).__name__}: {str(problem).strip().splitlines()[0][:160]}"


def serve(make_case):
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    cases = {}
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        print(json.dumps(answer(make_case, cases, ask)), flush=True)


def answer(make_case, cases, ask):
    if ask["do"] == "setup":
        cases[ask["name"]] = make_case(ask)
        return {}
    case = cases[ask["name"]]
    if ask["do"] == "compile":
        return {"problem": case.compile()}
    run = getattr(case, ask["do"])
    start = time.perf_counter()
    for _ in range(ask["count"]):
        last = run()
    seconds = time.perf_counter() - start
    if isinstance(last, torch.Tensor) and last.numel() == 1:
        return {"seconds": seconds, "loss": last.item()}
    return {"seconds": seconds}
