// gruSequence: the recurrent part of a gated recurrent unit (Cho et al. 2014, in the form of cuDNN
// and PyTorch), all steps in one op. The product with the inputs is a `linear` before it.
//
//   inputs:  projected [T, B, 3H], h0 [B, H], weight [3H, H], bias? [3H], reset? bool [T, B]
//   outputs: output [T, B, H], gates? [T, B, 4H]        parameters: [bias: 0 or 1, reset: 0 or 1]
//
//   (pr, pz, pn) = projected_t        (ar, az, an) = h weight^T + bias
//   r = sigmoid(pr + ar)   z = sigmoid(pz + az)   n = tanh(pn + r an)   h' = (1 - z) n + z h
// gates holds r, z, n, an.
//
// gruSequenceBackward: dy is the gradient of output; the weights' gradient is dweight =
// dgates^T previous over all steps, which is a product after it.
//
//   inputs:  dy, output [T, B, H], gates [T, B, 4H], h0 [B, H], weight [3H, H], reset? bool [T, B]
//   outputs: dprojected [T, B, 3H], dgates [T, B, 3H] (of ar, az, an), previous [T, B, H] (the
//            state before each step, after resets), dh0 [B, H]        parameters: [reset: 0 or 1]
// All operands are dense.
#pragma once

#include "ops/kernel.h"
#include "ops/recurrence.h"

namespace carom {

struct GruParams {
  Sequence s;
  const float* projected;
  const float* h0;
  const float* weight;
  const float* bias;  // null: none
  float* output;
  float* gates;  // null: not wanted
};

struct GruBackwardParams {
  Sequence s;
  const float* dy;
  const float* output;
  const float* gates;
  const float* h0;
  const float* weight;
  float* dprojected;
  float* dgates;
  float* previous;
  float* dh0;
};

/// Scratch floats of one sequence: its product and a copy of its state.
CAROM_INLINE constexpr std::int64_t gru_row_floats(std::int64_t units) { return 4 * units; }

GruParams make_gru(const Call& call, Plan& plan);
GruBackwardParams make_gru_backward(const Call& call, Plan& plan);

CAROM_KERNEL(gru, GruParams)
CAROM_KERNEL(gru_backward, GruBackwardParams)

}  // namespace carom
