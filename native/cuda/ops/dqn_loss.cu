#include "cuda/partials.h"
#include "ops/dqn_loss.h"

namespace carom::cuda {
namespace {

/// Error, slope of the loss and the loss of one row.
struct DqnRow {
  float error, slope, loss;
};

CAROM_DEVICE DqnRow dqn_row(const DqnLossParams& p, std::int64_t row, std::int64_t action) {
  const float error = p.q[row][action] - p.target[row];
  const float weight = p.weight.data != nullptr ? p.weight[row] : 1.0f;
  const float size = error < 0 ? -error : error;
  const bool beyond = size > p.delta;
  const float slope = beyond ? (error < 0 ? -p.delta : p.delta) : error;
  return {error, weight * slope / static_cast<float>(p.q.count),
          weight * (beyond ? p.delta * (size - 0.5f * p.delta) : 0.5f * error * error)};
}

/// Errors and gradients; one sum of losses for each block.
__global__ void dqn_kernel(DqnLossParams p, LaneGroup group, double* partials, FaultRecord* fault,
                           const char* op) {
  double sum = 0;
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * group.per_block();
  std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * group.per_block() + group.number();
  for (; row < p.q.count; row += step) {
    const std::int64_t action = p.action[row];
    const bool valid = action >= 0 && action < p.q.columns;
    const DqnRow result = valid ? dqn_row(p, row, action) : DqnRow{0, 0, 0};
    float* dq = p.dq[row];
    for (std::int64_t a = group.rank(); a < p.q.columns; a += group.size()) {
      dq[a] = a == action ? result.slope : 0.0f;
    }
    if (group.rank() != 0) continue;
    if (!valid) raise_fault(fault, op, row, action, p.q.columns);
    p.td_error[row] = result.error;
    sum += static_cast<double>(result.loss);
  }
  const double total = block_reduce(sum, AddUp{}, 0.0);
  if (threadIdx.x == 0) partials[blockIdx.x] = total;
}

__global__ void dqn_finish(DqnLossParams p, const double* partials, int count) {
  const double total = add_partials(partials, count, 1, 0);
  if (threadIdx.x == 0) *p.loss = static_cast<float>(total / static_cast<double>(p.q.count));
}

}  // namespace

void dqn_loss(const DqnLossParams& p, Launch& launch) {
  const LaneGroup group{lanes_for(p.q.columns)};
  const unsigned blocks = partial_blocks(p.q.count, group.lanes);
  auto* partials = reinterpret_cast<double*>(launch.workspace(blocks * sizeof(double)));
  start(launch, blocks, kThreads, 0, dqn_kernel, p, group, partials, launch.fault, launch.op);
  start(launch, 1, kThreads, 0, dqn_finish, p, partials, static_cast<int>(blocks));
}

}  // namespace carom::cuda
