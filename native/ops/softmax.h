// softmax family, along the last dimension:
//   softmax             in -> out            out = exp(in - max) / sum
//   logSoftmax          in -> out            out = in - max - log(sum)
//   softmaxBackward     dy, y -> dx          dx = y (dy - sum(dy y))
//   logSoftmaxBackward  dy, y -> dx          dx = dy - exp(y) sum(dy)
// All operands have one shape [..., A]; rows may be strided, elements of a row are dense. The
// output may be one of the inputs.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct SoftmaxParams {
  Rows<const float> in;  // dy of a backward op
  Rows<const float> y;   // backward only
  Rows<float> out;
  bool log;
};

SoftmaxParams make_softmax(const Call& call, Plan& plan, bool log);
SoftmaxParams make_softmax_backward(const Call& call, Plan& plan, bool log);

CAROM_KERNEL(softmax, SoftmaxParams)
CAROM_KERNEL(softmax_backward, SoftmaxParams)

}  // namespace carom
