// crossEntropy: a group of lanes, or for long rows a block, computes a row in passes over it. With a
// reduction, blocks first count the rows that are left out (if any may be) and one block adds the
// losses at the end.
#include "cuda/partials.h"
#include "ops/cross_entropy.h"
#include "ops/math.h"

namespace carom::cuda {
namespace {

/// Columns from which on a block computes a row.
constexpr std::int64_t kLongRow = 2048;
/// Blocks that count rows, at most: every block of the next step adds their counts.
constexpr std::int64_t kCountBlocks = 256;

struct Report {
  FaultRecord* fault;
  const char* op;
};

/// How many rows each block sees that do not count.
__global__ void count_ignored(CrossEntropyParams p, double* counts) {
  double count = 0;
  for (std::int64_t row = global_index(); row < p.logits.count; row += global_count()) {
    if (p.target[row] == p.ignore) count += 1;
  }
  count = block_reduce(count, AddUp{}, 0.0);
  if (threadIdx.x == 0) counts[blockIdx.x] = count;
}

/// What the gradient is multiplied by: 1, or 1 / the number of rows that count. All threads must come.
CAROM_DEVICE float scale_of(const CrossEntropyParams& p, const double* counts, int blocks) {
  if (p.reduction != Reduction::mean) return 1;
  const double ignored = add_partials(counts, blocks, 1, 0);
  return 1.0f / static_cast<float>(static_cast<double>(p.logits.count) - ignored);
}

/// Sum of f(c) over the columns of a row.
template <class Group, class F>
CAROM_DEVICE float sum_row(const Group& group, std::int64_t columns, F f) {
  float sum = 0;
  for (std::int64_t c = group.rank(); c < columns; c += group.size()) sum += f(c);
  return group.reduce(sum, AddUp{}, 0.0f);
}

template <class Group>
CAROM_DEVICE float top_of(const Group& group, const float* x, std::int64_t columns) {
  const float low = -__builtin_inff();
  float top = low;
  for (std::int64_t c = group.rank(); c < columns; c += group.size()) top = Largest{}(x[c], top);
  return group.reduce(top, Largest{}, low);
}

/// A row whose target is a class: returns its loss. Threads without a row (exists: false) come too.
template <class Group>
CAROM_DEVICE float class_row(const CrossEntropyParams& p, const Group& group, std::int64_t row,
                             bool exists, float scale, const Report& report) {
  const float* x = p.logits[row];
  const std::int64_t columns = p.logits.columns;
  const std::int32_t target = p.target[row];
  const bool ignored = p.ignoring && target == p.ignore;
  const bool known = target >= 0 && target < columns, valid = known && !ignored;
  const float s = p.smoothing, even = s / static_cast<float>(columns);
  const float top = top_of(group, x, columns);
  const float likely = known ? x[target] : 0.0f;
  const float sum = sum_row(group, columns, [&](std::int64_t c) { return math::exp(x[c] - top); });
  const float log_sum = math::log(sum);
  float loss = (top - likely) + log_sum;
  if (s > 0) {
    const float all =
        sum_row(group, columns, [&](std::int64_t c) { return (top - x[c]) + log_sum; });
    loss = (1 - s) * loss + even * all;
  }
  if (!exists) return 0;
  if (!known && !ignored && group.rank() == 0) {
    raise_fault(report.fault, report.op, row, target, columns);
  }
  if (p.dlogits.data != nullptr) {
    float* d = p.dlogits[row];
    const float factor = scale / sum, shift = even * scale, hit = (1 - s) * scale;
    for (std::int64_t c = group.rank(); c < columns; c += group.size()) {
      const float slope = math::exp(x[c] - top) * factor - shift - (c == target ? hit : 0.0f);
      d[c] = valid ? slope : 0.0f;
    }
  }
  return valid ? loss : 0.0f;
}

/// A row whose target is a distribution: as class_row.
template <class Group>
CAROM_DEVICE float shares_row(const CrossEntropyParams& p, const Group& group, std::int64_t row,
                              bool exists, float scale) {
  const float* x = p.logits[row];
  const float* t = p.shares[row];
  const std::int64_t columns = p.logits.columns;
  const float keep = 1 - p.smoothing, even = p.smoothing / static_cast<float>(columns);
  const float top = top_of(group, x, columns);
  const float sum = sum_row(group, columns, [&](std::int64_t c) { return math::exp(x[c] - top); });
  const float log_sum = math::log(sum);
  const float loss = sum_row(group, columns, [&](std::int64_t c) {
    const float part = t[c] * keep + even;  // no share costs nothing, even of a probability of 0
    return part == 0.0f ? 0.0f : part * ((top - x[c]) + log_sum);
  });
  if (p.dlogits.data == nullptr) return exists ? loss : 0.0f;
  const float all = sum_row(group, columns, [&](std::int64_t c) { return t[c] * keep + even; });
  if (!exists) return 0;
  float* d = p.dlogits[row];
  const float factor = all / sum;
  for (std::int64_t c = group.rank(); c < columns; c += group.size()) {
    d[c] = (math::exp(x[c] - top) * factor - (t[c] * keep + even)) * scale;
  }
  return loss;
}

/// All rows; one sum of losses for each block, or (reduction none) the losses themselves.
template <class Group>
__global__ void entropy_kernel(CrossEntropyParams p, Group group, const double* counts,
                               int count_blocks, double* partials, Report report) {
  const float scale = scale_of(p, counts, count_blocks);
  double total = 0;
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * group.per_block();
  std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * group.per_block();
  for (; first < p.logits.count; first += step) {
    const bool exists = first + group.number() < p.logits.count;
    const std::int64_t row = exists ? first + group.number() : p.logits.count - 1;
    const float loss = p.target.data != nullptr ? class_row(p, group, row, exists, scale, report)
                                                : shares_row(p, group, row, exists, scale);
    if (group.rank() != 0 || !exists) continue;
    if (p.reduction == Reduction::none) p.loss[row] = loss;
    else total += static_cast<double>(loss);
  }
  if (p.reduction == Reduction::none) return;
  total = block_reduce(total, AddUp{}, 0.0);
  if (threadIdx.x == 0) partials[blockIdx.x] = total;
}

__global__ void entropy_finish(CrossEntropyParams p, const double* counts, int count_blocks,
                               const double* partials, int blocks) {
  const float scale = scale_of(p, counts, count_blocks);
  const double total = add_partials(partials, blocks, 1, 0);
  if (threadIdx.x != 0) return;
  // With no rows that count the scale is infinite, and the mean 0 / 0.
  *p.loss.data = p.reduction == Reduction::mean ? static_cast<float>(total) * scale
                                                : static_cast<float>(total);
}

template <class Group>
void run(const CrossEntropyParams& p, Launch& launch, Group group, std::int64_t lanes) {
  const Report report{launch.fault, launch.op};
  const std::int64_t rows = p.logits.count;
  if (p.reduction == Reduction::none) {
    const std::int64_t blocks = (rows * lanes + kThreads - 1) / kThreads;
    start(launch, static_cast<unsigned>(std::min<std::int64_t>(blocks, 1 << 20)), kThreads, 0,
          entropy_kernel<Group>, p, group, nullptr, 0, nullptr, report);
    return;
  }
  const bool counting = p.ignoring && p.reduction == Reduction::mean;
  const int count_blocks =
      counting ? static_cast<int>(std::min<std::int64_t>(kCountBlocks, blocks_for(rows, 4))) : 0;
  const unsigned blocks = partial_blocks(rows, lanes);
  auto* counts =
      reinterpret_cast<double*>(launch.workspace((kCountBlocks + kMaxPartials) * sizeof(double)));
  double* partials = counts + kCountBlocks;
  start(launch, static_cast<unsigned>(count_blocks), kThreads, 0, count_ignored, p, counts);
  start(launch, blocks, kThreads, 0, entropy_kernel<Group>, p, group, counts, count_blocks,
        partials, report);
  start(launch, 1, kThreads, 0, entropy_finish, p, counts, count_blocks, partials,
        static_cast<int>(blocks));
}

}  // namespace

void cross_entropy(const CrossEntropyParams& p, Launch& launch) {
  if (p.logits.columns >= kLongRow) return run(p, launch, BlockGroup{}, kThreads);
  run(p, launch, LaneGroup{lanes_for(p.logits.columns)}, lanes_for(p.logits.columns));
}

}  // namespace carom::cuda
