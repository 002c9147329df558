/** matmul: a [M, K], b [K, N] -> out [M, N]; `accumulate` adds to out instead. */
import { positions, type RefView } from "./views.js";

export function matmulKernel(
  [a, b]: RefView[],
  [out]: RefView[],
  { accumulate }: { accumulate: number },
): void {
  const [rows, inner] = a.shape;
  const columns = b.shape[1];
  for (let m = 0; m < rows; m++) {
    for (let n = 0; n < columns; n++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) {
        const left = a.data[a.offset + m * a.strides[0] + k * a.strides[1]];
        const right = b.data[b.offset + k * b.strides[0] + n * b.strides[1]];
        sum += left * right;
      }
      const at = out.offset + m * out.strides[0] + n * out.strides[1];
      out.data[at] = accumulate ? out.data[at] + sum : sum;
    }
  }
}

/** batchedMatmul: a [..., M, K], b [..., K, N] -> out [..., M, N], the leading dimensions equal. */
export function batchedMatmulKernel([a, b]: RefView[], [out]: RefView[]): void {
  const [left, right, result] = [a, b, out].map((view) => positions(leading(view)));
  for (let i = 0; i < result.length; i++) {
    const [x, y, z] = [matrix(a, left[i]), matrix(b, right[i]), matrix(out, result[i])];
    matmulKernel([x, y], [z], { accumulate: 0 });
  }
}

function leading(view: RefView): RefView {
  return { ...view, shape: view.shape.slice(0, -2), strides: view.strides.slice(0, -2) };
}

function matrix(view: RefView, offset: number): RefView {
  return { ...view, offset, shape: view.shape.slice(-2), strides: view.strides.slice(-2) };
}
