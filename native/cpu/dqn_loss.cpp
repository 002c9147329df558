// dqnLoss: phase 0 writes errors and gradients and sums the losses of blocks of Team::kRowBlock
// rows; phase 1 adds the blocks.
#include "ops/dqn_loss.h"

#include "core/fault.h"
#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Loss of one row, whose error and gradient are written.
CAROM_INLINE float row_loss(const DqnLossParams& p, const Team& team, std::int64_t row) {
  float* dq = p.dq[row];
  for (std::int64_t a = 0; a < p.q.columns; ++a) dq[a] = 0;
  const std::int64_t action = p.action[row];
  if (action < 0 || action >= p.q.columns) {
    team.fault->raise("dqnLoss", row, action, p.q.columns);
    p.td_error[row] = 0;
    return 0;
  }
  const float error = p.q[row][action] - p.target[row];
  const float weight = p.weight.data != nullptr ? p.weight[row] : 1.0f;
  const float size = error < 0 ? -error : error;
  const bool beyond = size > p.delta;
  const float slope = beyond ? (error < 0 ? -p.delta : p.delta) : error;
  p.td_error[row] = error;
  dq[action] = weight * slope / static_cast<float>(p.q.count);
  return weight * (beyond ? p.delta * (size - 0.5f * p.delta) : 0.5f * error * error);
}

}  // namespace

void dqn_loss(const DqnLossParams& p, const Team& team) {
  float* blocks = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 0) {
    const Range mine = team.rows(p.q.count);
    for (std::int64_t begin = mine.begin; begin < mine.end; begin += Team::kRowBlock) {
      const std::int64_t end =
          begin + Team::kRowBlock < mine.end ? begin + Team::kRowBlock : mine.end;
      float sum = 0;
      for (std::int64_t row = begin; row < end; ++row) sum += row_loss(p, team, row);
      blocks[begin / Team::kRowBlock] = sum;
    }
    return;
  }
  if (team.rank != 0) return;
  double total = 0;
  const std::int64_t count = (p.q.count + Team::kRowBlock - 1) / Team::kRowBlock;
  for (std::int64_t b = 0; b < count; ++b) total += static_cast<double>(blocks[b]);
  *p.loss = static_cast<float>(total / static_cast<double>(p.q.count));
}

}  // namespace carom::cpu::CAROM_ISA
