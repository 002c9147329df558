// normalize: the core of layerNorm, rmsNorm and groupNorm. Each group of each sample is shifted and
// scaled to mean 0 (when centred) and variance 1, then each channel scaled and shifted.
//
//   normalize          inputs: x [N, G, K, S], weight [G K]?, bias [G K]?
//                      outputs: out [N, G, K, S], mean [N, G], rstd [N, G]
//                      parameters: eps, centred 0|1, weight 0|1, bias 0|1 (which are given)
//   normalizeBackward  inputs: dy, x [N, G, K, S], mean, rstd [N, G], weight [G K]?
//                      outputs: dx [N, G, K, S], and with affine 1: dweight, dbias [G K]
//                      parameters: centred 0|1, weight 0|1, affine 0|1
//
//   mean = centred ? mean of x over K, S : 0      rstd = 1 / sqrt(mean of (x - mean)^2 + eps)
//   out  = (x - mean) rstd weight + bias
//   dx   = rstd (g - [mean g] - xhat mean(g xhat)),  g = dy weight,  [mean g] only when centred
//
// N: samples (or rows), G: groups, K: channels of a group, S: positions. Either S or K has unit
// stride in all of x, dy, out and dx; the other strides are free. mean, rstd, weight, bias, dweight
// and dbias are contiguous.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

/// Where the groups of a [N, G, K, S] operand lie. A group is `runs` runs of `length` elements.
template <class T>
struct GroupsAt {
  T* data;
  std::int64_t sample, group, run;  // strides

  CAROM_INLINE T* at(std::int64_t n, std::int64_t g) const { return data + n * sample + g * group; }
};

struct NormalizeParams {
  GroupsAt<const float> x, dy;
  GroupsAt<float> out;  // dx of the backward op
  const float *weight, *bias;
  float *mean, *rstd;
  float *dweight, *dbias;
  std::int64_t samples, groups, channels, runs, length;
  bool along_channels;  // a run goes along the channels: K is dense; otherwise S is
  bool centred;
  bool by_rows;
  float eps;
};

NormalizeParams make_normalize(const Call& call, Plan& plan);
NormalizeParams make_normalize_backward(const Call& call, Plan& plan);

CAROM_KERNEL(normalize, NormalizeParams)
CAROM_KERNEL(normalize_backward, NormalizeParams)

}  // namespace carom
