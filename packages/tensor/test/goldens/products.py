"""Golden cases of matrix products."""

import torch

from golden import case, floats, write

case("matmul stacks", torch.matmul, floats(2, 1, 3, 4), floats(3, 4, 2))
case("matmul one on the right", torch.matmul, floats(2, 3, 4), floats(4, 2))
case("matmul one on the left", torch.matmul, floats(3, 4), floats(2, 4, 2))
case("matmul vectors", torch.matmul, floats(4), floats(4))
case("matmul stack by vector", torch.matmul, floats(2, 3, 4), floats(4))
case("matmul transposed", lambda a, b: a.mT @ b.mT, floats(2, 4, 3), floats(2, 5, 4))

# einsum: the name is the equation.
case("einsum ij,jk->ik", lambda *xs: torch.einsum("ij,jk->ik", *xs), floats(3, 4), floats(4, 2))
case("einsum ij,jk", lambda *xs: torch.einsum("ij,jk", *xs), floats(3, 4), floats(4, 2))
case("einsum ij,kj->ik", lambda *xs: torch.einsum("ij,kj->ik", *xs), floats(3, 4), floats(2, 4))
case("einsum bij,bjk->bik", lambda *xs: torch.einsum("bij,bjk->bik", *xs), floats(2, 3, 4), floats(2, 4, 2))
case("einsum bqhd,bkhd->bhqk", lambda *xs: torch.einsum("bqhd,bkhd->bhqk", *xs), floats(2, 3, 2, 4), floats(2, 5, 2, 4))
case("einsum bhqk,bkhd->bqhd", lambda *xs: torch.einsum("bhqk,bkhd->bqhd", *xs), floats(2, 2, 3, 5), floats(2, 5, 2, 4))
case("einsum i,i->", lambda *xs: torch.einsum("i,i->", *xs), floats(5), floats(5))
case("einsum i,j->ij", lambda *xs: torch.einsum("i,j->ij", *xs), floats(3), floats(4))
case("einsum ij,ij->i", lambda *xs: torch.einsum("ij,ij->i", *xs), floats(3, 4), floats(3, 4))
case("einsum ij,ij->ij", lambda *xs: torch.einsum("ij,ij->ij", *xs), floats(3, 4), floats(3, 4))
case("einsum ij->ji", lambda *xs: torch.einsum("ij->ji", *xs), floats(3, 4))
case("einsum ij->j", lambda *xs: torch.einsum("ij->j", *xs), floats(3, 4))
case("einsum ii", lambda *xs: torch.einsum("ii", *xs), floats(4, 4))
case("einsum ii->i", lambda *xs: torch.einsum("ii->i", *xs), floats(4, 4))
case("einsum bi,ijk,bk->bj", lambda *xs: torch.einsum("bi,ijk,bk->bj", *xs), floats(2, 3), floats(3, 4, 5), floats(2, 5))
case("einsum ...ij,...jk->...ik", lambda *xs: torch.einsum("...ij,...jk->...ik", *xs), floats(2, 1, 3, 4), floats(3, 4, 2))
case("einsum ...d,d->...", lambda *xs: torch.einsum("...d,d->...", *xs), floats(2, 3, 4), floats(4))
case("einsum ba", lambda *xs: torch.einsum("ba", *xs), floats(3, 4))
case("einsum abc,cd,ae->bde", lambda *xs: torch.einsum("abc,cd,ae->bde", *xs), floats(2, 3, 4), floats(4, 2), floats(2, 3))
case("einsum iij,jk->ik", lambda *xs: torch.einsum("iij,jk->ik", *xs), floats(3, 3, 4), floats(4, 2))
case("einsum ij,k->i", lambda *xs: torch.einsum("ij,k->i", *xs), floats(2, 3), floats(4))
case("einsum ab,cd,ef->fdb", lambda *xs: torch.einsum("ab,cd,ef->fdb", *xs), floats(2, 3), floats(2, 2), floats(3, 2))


def newton_schulz(x, steps=5, eps=1e-7):
    """As in the Muon optimiser (Keller Jordan), without bfloat16."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + eps)
    if x.size(-2) > x.size(-1):
        return newton_schulz_steps(x.mT, steps, a, b, c).mT
    return newton_schulz_steps(x, steps, a, b, c)


def newton_schulz_steps(x, steps, a, b, c):
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


case("newtonSchulz tall", newton_schulz, floats(6, 4), gradient=False)
case("newtonSchulz wide stack", newton_schulz, floats(2, 3, 5), gradient=False)
case("newtonSchulz one step", lambda x: newton_schulz(x, 1), floats(3, 4))
case("outer", torch.outer, floats(3), floats(4))
case("dot", torch.dot, floats(5), floats(5))

write("products")
