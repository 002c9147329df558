"""Matrix products of PyTorch, which are cuBLAS's on a GPU: several in one CUDA graph. bfloat16 rounds the factors before,
outside of the time, and gives float32 where PyTorch can (torch.mm with out_dtype)."""

import torch

from common import DEVICE, capture, serve


class Case:
    def __init__(self, ask):
        self.kind, self.products = ask["kind"], ask["products"]
        m, n, k = ask["m"], ask["n"], ask["k"]
        self.a = torch.rand(*((k, m) if self.kind[0] == "T" else (m, k)), device=DEVICE) - 0.5
        self.b = torch.rand(*((n, k) if self.kind[1] == "T" else (k, n)), device=DEVICE) - 0.5
        self.c = torch.empty(m, n, device=DEVICE)

    def product(self, precision):
        a, b = self.a, self.b
        if precision == "bfloat16":
            a, b = a.bfloat16(), b.bfloat16()
        a = a.t() if self.kind[0] == "T" else a
        b = b.t() if self.kind[1] == "T" else b
        if precision != "bfloat16":
            return lambda: torch.mm(a, b, out=self.c)
        try:
            torch.mm(a, b, out_dtype=torch.float32)
            return lambda: torch.mm(a, b, out_dtype=torch.float32)
        except (TypeError, RuntimeError, NotImplementedError):
            c = self.c.bfloat16()
            return lambda: torch.mm(a, b, out=c)

    def runner(self, what, precision):
        product = self.product(precision)

        def products():
            for _ in range(self.products):
                product()

        with torch.inference_mode():
            return capture(products)


serve(Case)
