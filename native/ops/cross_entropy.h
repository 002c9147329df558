// crossEntropy: the loss of each row of logits against a class or a distribution, its sum or mean,
// and on demand its gradient in the same pass.
//
//   inputs:  logits [B, C], target int32 [B] or float [B, C]
//   outputs: loss: [B] with reduction none, else []
//            dlogits [B, C] (optional): d loss[b] or d loss
//   parameters: reduction 0 none | 1 sum | 2 mean, smoothing in [0, 1], ignoring 0|1, ignore
//
//   t       = (1 - smoothing) (one at the class, or the target) + smoothing / C
//   loss[b] = -sum_c t[c] log softmax(logits[b])[c]
//   dlogits = (softmax sum_c t - t) / (mean: the number of rows that count)
//
// With ignoring 1, rows whose class is `ignore` have loss and gradient 0 and do not count. The mean
// of no rows is NaN. Rows of all matrices may be strided. A class outside of 0..C-1 is reported as
// INVALID_ARGUMENT after the op.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

enum class Reduction { none, sum, mean };

struct CrossEntropyParams {
  Rows<const float> logits;
  Strided<const std::int32_t> target;  // data is null for distributions
  Rows<const float> shares;
  Strided<float> loss;  // the sum or mean at [0]
  Rows<float> dlogits;  // data may be null
  Reduction reduction;
  float smoothing;
  bool ignoring;
  std::int32_t ignore;
};

CrossEntropyParams make_cross_entropy(const Call& call, Plan& plan);

CAROM_KERNEL(cross_entropy, CrossEntropyParams)

}  // namespace carom
