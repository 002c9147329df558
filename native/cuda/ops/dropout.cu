// The mask of cpu/dropout.cpp, one block of Philox to a thread.
#include "cuda/philox.h"
#include "ops/dropout.h"

namespace carom::cuda {
namespace {

CAROM_DEVICE Pack<float> load_group(const float* x, std::int64_t at, std::int64_t count,
                                    bool packs) {
  if (packs && at + kVector <= count) return *reinterpret_cast<const Pack<float>*>(x + at);
  Pack<float> values{};
  for (int j = 0; j < kVector; ++j) {
    if (at + j < count) values.at[j] = x[at + j];
  }
  return values;
}

__global__ void drop_kernel(DropoutParams p, bool packs) {
  const std::int64_t groups = (p.count + kVector - 1) / kVector;
  for (std::int64_t i = global_index(); i < groups; i += global_count()) {
    const philox::Words words = philox::block(p.state, static_cast<std::uint32_t>(i));
    Pack<float> values = load_group(p.x, i * kVector, p.count, packs);
    for (int j = 0; j < kVector; ++j) {
      const bool kept = static_cast<std::int32_t>(words.at[j] >> 8) >= p.threshold;
      values.at[j] = kept ? values.at[j] * p.scale : 0.0f;
    }
    store_group(p.out, i * kVector, p.count, packs, values);
  }
  if (p.used != nullptr) advance_if_alone(p.state, p.used);
}

}  // namespace

void dropout(const DropoutParams& p, Launch& launch) {
  const unsigned blocks = blocks_for(p.count, kVector);
  start(launch, blocks, kThreads, 0, drop_kernel, p, in_packs(p.x) && in_packs(p.out));
  if (p.used != nullptr) advance_after(launch, blocks, p.state, p.used);
}

}  // namespace carom::cuda
