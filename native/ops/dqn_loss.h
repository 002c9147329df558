// dqnLoss: Huber loss between the values of taken actions and their targets (Mnih et al. 2015),
// weighted by sample, with its errors and its gradient, in one pass.
//
//   inputs:  q [B, A], action int32 [B], target [B], weight [B] (may be absent)
//   outputs: loss [], tdError [B], dq [B, A]
//   parameters: [delta; 0: the square at any distance]
//
//   tdError[b] = q[b, action[b]] - target[b]
//   loss = mean of weight[b] huber(tdError[b])
//   dq[b, a] = weight[b] clamp(tdError[b], -delta, delta) / B at the action, 0 elsewhere
//
// Rows of q and dq may be strided. An action outside 0..A-1 is reported as INVALID_ARGUMENT after
// the op; its row counts for nothing.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct DqnLossParams {
  Rows<const float> q;
  Strided<const std::int32_t> action;
  Strided<const float> target;
  Strided<const float> weight;  // data null: 1 each
  float* loss;
  Strided<float> td_error;
  Rows<float> dq;
  float delta;
};

DqnLossParams make_dqn_loss(const Call& call, Plan& plan);

CAROM_KERNEL(dqn_loss, DqnLossParams)

}  // namespace carom
