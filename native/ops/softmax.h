// softmax family, along the last dimension:
//   softmax             in -> out            out = exp(in - max) / sum
//   logSoftmax          in -> out            out = in - max - log(sum)
//   softmaxBackward     dy, y -> dx          dx = y (dy - sum(dy y))
//   logSoftmaxBackward  dy, y -> dx          dx = dy - exp(y) sum(dy)
// All operands have one shape [..., A]. Either elements of a row are dense in all of them (rows may
// be strided), or all are [P, Q, A] (or [Q, A]) with dense Q: softmax across rows, so to speak. The
// output may be one of the inputs.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

/// [P, Q, A] with dense Q.
template <class T>
struct Across {
  T* data;
  std::int64_t outer, column;  // strides of P and A
};

struct SoftmaxParams {
  Rows<const float> in;  // dy of a backward op
  Rows<const float> y;   // backward only
  Rows<float> out;
  Across<const float> in_across, y_across;
  Across<float> out_across;
  std::int64_t outer, inner, columns;  // P, Q, A
  bool across;
  bool log;
};

SoftmaxParams make_softmax(const Call& call, Plan& plan, bool log);
SoftmaxParams make_softmax_backward(const Call& call, Plan& plan, bool log);

CAROM_KERNEL(softmax, SoftmaxParams)
CAROM_KERNEL(softmax_backward, SoftmaxParams)

}  // namespace carom
