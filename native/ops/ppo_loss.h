// ppoLoss: the clipped surrogate loss of PPO (Schulman et al. 2017) for categorical policies, with
// value loss and entropy bonus, and its gradient with respect to logits and value, in one pass.
//
//   inputs:  logits [B, A], value [B], action int32 [B],
//            oldLogProb, advantage, returns, oldValue [B],
//            coef [8] = {clip, valueClip (<= 0: off), entropyCoef, valueCoef,
//                        normalizeAdvantage 0|1, 0, 0, 0}
//   outputs: stats [8] = {loss, policyLoss, valueLoss, entropy, approxKl, clipFraction,
//                         advMean, advStd},
//            dlogits [B, A], dvalue [B]
//
//   r = exp(logProb - oldLogProb)
//   policyLoss = mean max(-A r, -A clip(r, 1 - clip, 1 + clip))
//   valueLoss  = 0.5 mean max((v - R)^2, (oldV + clip(v - oldV) - R)^2), or 0.5 mean (v - R)^2
//   entropy    = mean of the policy's entropy        approxKl = mean (r - 1) - log r
//   loss = policyLoss + valueCoef valueLoss - entropyCoef entropy
//
// A is normalised over the batch with the unbiased deviation + 1e-8, unless B = 1 (advStd is then
// 0). Rows of logits and dlogits may be strided. An action outside 0..A-1 is reported as
// INVALID_ARGUMENT after the op; its row has no gradient.
#pragma once

#include "ops/kernel.h"
#include "ops/rows.h"

namespace carom {

struct PpoLossParams {
  Rows<const float> logits;
  Strided<const float> value;
  Strided<const std::int32_t> action;
  Strided<const float> old_log_prob, advantage, returns, old_value;
  const float* coef;
  float* stats;
  Rows<float> dlogits;
  Strided<float> dvalue;
};

/// Floats of scratch for each block of rows, and for the moments of the advantage before them.
inline constexpr std::int64_t kPpoBlock = 8;

PpoLossParams make_ppo_loss(const Call& call, Plan& plan);

CAROM_KERNEL(ppo_loss, PpoLossParams)

}  // namespace carom
