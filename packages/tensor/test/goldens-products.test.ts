/**
 * Matrix products against PyTorch.
 *
 * HINT: cases are made by goldens/products.py: `python goldens/generate.py products`.
 */
import { testGoldens } from "./support/goldens.js";

testGoldens("products", {
  "matmul stacks": (a, b) => a.matmul(b),
  "matmul one on the right": (a, b) => a.matmul(b),
  "matmul one on the left": (a, b) => a.matmul(b),
  "matmul vectors": (a, b) => a.matmul(b),
  "matmul stack by vector": (a, b) => a.matmul(b),
  "matmul transposed": (a, b) => a.transpose().matmul(b.transpose()),
});
