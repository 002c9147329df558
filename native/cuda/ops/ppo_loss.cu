// ppoLoss in three steps: sums for the moments of the advantage, by blocks; loss terms, summed by
// blocks, and both gradients, a few lanes for each sample; the statistics, by one block. The gradient
// is that of cpu/ppo_loss.cpp.
#include "cuda/partials.h"
#include "ops/math.h"
#include "ops/ppo_loss.h"

namespace carom::cuda {
namespace {

enum Term { kPolicy, kValue, kEntropy, kKl, kClipped, kTerms };

/// Blocks that sum the advantages, at most: every block of the next step adds their sums.
constexpr std::int64_t kMomentBlocks = 256;

struct Coefficients {
  float clip, value_clip, entropy, value;
  bool normalize;
  float mean, deviation;  // of the advantages
  float scale;            // 1 / B
};

struct Report {
  FaultRecord* fault;
  const char* op;
};

// ------------------------------------------------------------------------------ advantages

/// What advantages are measured from, so that their squares keep their digits.
CAROM_DEVICE float origin_of(const PpoLossParams& p) {
  const float first = p.advantage[0];
  return first - first == 0.0f ? first : 0.0f;
}

/// Each block: the sums of the distances from the origin and of their squares.
__global__ void moment_kernel(PpoLossParams p, double* moments) {
  const double origin = origin_of(p);
  double sum = 0, squares = 0;
  for (std::int64_t i = global_index(); i < p.logits.count; i += global_count()) {
    const double x = static_cast<double>(p.advantage[i]) - origin;
    sum += x;
    squares += x * x;
  }
  sum = block_reduce(sum, AddUp{}, 0.0);
  squares = block_reduce(squares, AddUp{}, 0.0);
  if (threadIdx.x != 0) return;
  moments[2 * blockIdx.x] = sum;
  moments[2 * blockIdx.x + 1] = squares;
}

/// All threads must come; every thread gets the coefficients.
CAROM_DEVICE Coefficients read_coefficients(const PpoLossParams& p, const double* moments,
                                            int blocks) {
  const double count = static_cast<double>(p.logits.count);
  const double sum = add_partials(moments, blocks, 2, 0);
  const double squares = add_partials(moments, blocks, 2, 1);
  double variance = p.logits.count > 1 ? (squares - sum * sum / count) / (count - 1) : 0.0;
  variance = variance < 0 ? 0.0 : variance;
  Coefficients c{};
  c.clip = p.coef[0];
  c.value_clip = p.coef[1];
  c.entropy = p.coef[2];
  c.value = p.coef[3];
  c.normalize = p.coef[4] != 0.0f && p.logits.count > 1;
  c.mean = static_cast<float>(static_cast<double>(origin_of(p)) + sum / count);
  c.deviation = static_cast<float>(sqrt(variance));
  c.scale = 1.0f / static_cast<float>(p.logits.count);
  return c;
}

// ---------------------------------------------------------------------------------- policy

/// The policy of one row, the same in all lanes of its group.
struct Policy {
  const float* logits;
  float top, log_sum, entropy;
  float log_prob_taken;  // 0 for an action that does not exist

  CAROM_DEVICE float log_prob(std::int64_t a) const { return logits[a] - top - log_sum; }
};

/// All lanes of the warp must come.
CAROM_DEVICE Policy read_policy(const PpoLossParams& p, const LaneGroup& group, std::int64_t row) {
  const float* logits = p.logits[row];
  float top = -__builtin_inff();
  for (std::int64_t a = group.rank(); a < p.logits.columns; a += group.size()) {
    top = Largest{}(logits[a], top);
  }
  top = group.reduce(top, Largest{}, top);
  float sum = 0, weighted = 0;
  for (std::int64_t a = group.rank(); a < p.logits.columns; a += group.size()) {
    const float z = logits[a] - top;
    const float e = math::exp(z);
    sum += e;
    weighted += e > 0.0f ? e * z : 0.0f;
  }
  sum = group.reduce(sum, AddUp{}, 0.0f);
  weighted = group.reduce(weighted, AddUp{}, 0.0f);
  const float log_sum = math::log(sum);
  Policy policy{logits, top, log_sum, log_sum - weighted / sum, 0};
  const std::int32_t action = p.action[row];
  if (action >= 0 && action < p.logits.columns) policy.log_prob_taken = policy.log_prob(action);
  __syncwarp();  // dlogits, written next, may lie where logits do
  return policy;
}

/// d loss / d logits from d policyLoss / d logProb.
CAROM_DEVICE void write_dlogits(const PpoLossParams& p, const Coefficients& c,
                                const LaneGroup& group, const Policy& policy, std::int64_t row,
                                std::int32_t action, float slope) {
  float* dlogits = p.dlogits[row];
  for (std::int64_t a = group.rank(); a < p.logits.columns; a += group.size()) {
    const float log_prob = policy.log_prob(a);
    const float prob = math::exp(log_prob);
    const float taken = a == action ? 1.0f : 0.0f;
    const float bonus = prob > 0.0f ? prob * (log_prob + policy.entropy) : 0.0f;
    dlogits[a] = (slope * (taken - prob) + c.entropy * bonus) * c.scale;
  }
}

/// The value's term of a row, whose gradient is written.
CAROM_DEVICE float value_term(const PpoLossParams& p, const Coefficients& c, std::int64_t row) {
  const float value = p.value[row], target = p.returns[row];
  const float error = value - target;
  float loss = error * error, slope = error;
  if (c.value_clip > 0) {
    const float old = p.old_value[row];
    const float clipped = old + math::clamp(value - old, -c.value_clip, c.value_clip) - target;
    if (clipped * clipped > loss) {
      loss = clipped * clipped;
      slope = 0;
    }
  }
  p.dvalue[row] = c.value * c.scale * slope;
  return 0.5f * loss;
}

// ------------------------------------------------------------------------------------ rows

/// One row: its gradients; its terms are added to `sums` by the group's first lane.
CAROM_DEVICE void compute_row(const PpoLossParams& p, const Coefficients& c, const LaneGroup& group,
                              const Policy& policy, std::int64_t row, const Report& report,
                              double (&sums)[kTerms]) {
  const std::int32_t action = p.action[row];
  const bool valid = action >= 0 && action < p.logits.columns;
  float advantage = p.advantage[row];
  if (c.normalize) advantage = (advantage - c.mean) / (c.deviation + 1e-8f);
  const float log_ratio = policy.log_prob_taken - p.old_log_prob[row];
  const float ratio = math::exp(log_ratio);
  const float plain = -advantage * ratio;
  const float clipped = -advantage * math::clamp(ratio, 1 - c.clip, 1 + c.clip);
  write_dlogits(p, c, group, policy, row, action, plain >= clipped && valid ? plain : 0.0f);
  if (group.rank() != 0) return;
  if (!valid) raise_fault(report.fault, report.op, row, action, p.logits.columns);
  const float off = ratio - 1.0f;
  sums[kPolicy] += static_cast<double>(plain > clipped ? plain : clipped);
  sums[kValue] += static_cast<double>(value_term(p, c, row));
  sums[kEntropy] += static_cast<double>(policy.entropy);
  sums[kKl] += static_cast<double>(off - log_ratio);
  sums[kClipped] += off > c.clip || off < -c.clip ? 1.0 : 0.0;
}

__global__ void ppo_kernel(PpoLossParams p, LaneGroup group, const double* moments,
                           int moment_blocks, double* partials, Report report) {
  const Coefficients c = read_coefficients(p, moments, moment_blocks);
  double sums[kTerms] = {};
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * group.per_block();
  std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * group.per_block();
  for (; first < p.logits.count; first += step) {
    // Groups without a row repeat the last one's policy, since the lanes of a warp go together.
    const std::int64_t row = first + group.number(), last = p.logits.count - 1;
    const Policy policy = read_policy(p, group, row < last ? row : last);
    if (row <= last) compute_row(p, c, group, policy, row, report, sums);
  }
  for (int term = 0; term < kTerms; ++term) {
    const double total = block_reduce(sums[term], AddUp{}, 0.0);
    if (threadIdx.x == 0) partials[blockIdx.x * kTerms + term] = total;
  }
}

__global__ void ppo_finish(PpoLossParams p, const double* moments, int moment_blocks,
                           const double* partials, int blocks) {
  const Coefficients c = read_coefficients(p, moments, moment_blocks);
  const double scale = 1.0 / static_cast<double>(p.logits.count);
  float means[kTerms];
  for (int term = 0; term < kTerms; ++term) {
    means[term] = static_cast<float>(add_partials(partials, blocks, kTerms, term) * scale);
  }
  if (threadIdx.x != 0) return;
  p.stats[0] = means[kPolicy] + c.value * means[kValue] - c.entropy * means[kEntropy];
  for (int term = 0; term < kTerms; ++term) p.stats[term + 1] = means[term];
  p.stats[6] = c.mean;
  p.stats[7] = c.deviation;
}

}  // namespace

void ppo_loss(const PpoLossParams& p, Launch& launch) {
  const LaneGroup group{lanes_for(p.logits.columns)};
  const std::int64_t rows = p.logits.count;
  const auto moment_blocks =
      static_cast<int>(std::min<std::int64_t>(kMomentBlocks, blocks_for(rows, 4)));
  const unsigned blocks = partial_blocks(rows, group.lanes);
  auto* moments = reinterpret_cast<double*>(
      launch.workspace((2 * kMomentBlocks + blocks * kTerms) * sizeof(double)));
  double* partials = moments + 2 * kMomentBlocks;
  start(launch, static_cast<unsigned>(moment_blocks), kThreads, 0, moment_kernel, p, moments);
  start(launch, blocks, kThreads, 0, ppo_kernel, p, group, moments, moment_blocks, partials,
        Report{launch.fault, launch.op});
  start(launch, 1, kThreads, 0, ppo_finish, p, moments, moment_blocks, partials,
        static_cast<int>(blocks));
}

}  // namespace carom::cuda
