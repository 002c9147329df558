// batchNorm: the columns of a matrix brought to mean 0 and variance 1, then scaled and shifted.
//
//   batchNorm          inputs: x [M, C], weight [C]?, bias [C]?
//                      outputs: out [M, C], mean [C], rstd [C], runningMean [C]?, runningVar [C]?
//                      parameters: eps, momentum, weight, bias, runningMean, runningVar (0|1 each:
//                      which are given)
//   batchNormBackward  inputs: dy, x [M, C], mean, rstd [C], weight [C]?
//                      outputs: dx [M, C], dweight [C], dbias [C]
//                      parameters: weight 0|1
//
//   out = (x - mean) rstd weight + bias,  rstd = 1 / sqrt(variance + eps)
//   running += momentum (of the batch - running), the variance with M - 1
//   dx  = weight rstd (dy - mean dy - xhat mean(dy xhat))
//
// M is at least 1, at least 2 with runningVar. Rows may be strided; the vectors are contiguous.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct BatchNormParams {
  Rows<const float> x, dy;
  Rows<float> out;  // dx of the backward op
  const float *weight, *bias;
  float *mean, *rstd;
  float *running_mean, *running_variance;
  float *dweight, *dbias;
  std::int64_t block;  // rows whose sums are taken together
  float eps, momentum;
};

BatchNormParams make_batch_norm(const Call& call, Plan& plan);
BatchNormParams make_batch_norm_backward(const Call& call, Plan& plan);

CAROM_KERNEL(batch_norm, BatchNormParams)
CAROM_KERNEL(batch_norm_backward, BatchNormParams)

}  // namespace carom
