// The numbers of cpu/random.cpp, one block of Philox to a thread.
#include "cuda/philox.h"
#include "ops/math.h"
#include "ops/random.h"

namespace carom::cuda {
namespace {

struct Uniform {
  CAROM_DEVICE Pack<float> operator()(const philox::Words& words) const {
    Pack<float> out;
    for (int i = 0; i < kVector; ++i) out.at[i] = philox::to_uniform(words.at[i]);
    return out;
  }
};

/// cos and sin of 2 pi t for t in [0, 1), as in cpu/random.cpp.
CAROM_DEVICE void turn(float t, float& cosine, float& sine) {
  const float quarters = t * 4.0f;
  const float nearest = (quarters + 12582912.0f) - 12582912.0f;
  const int quadrant = static_cast<int>(nearest) & 3;
  const float x = (quarters - nearest) * 1.57079637f;
  const float u = x * x;
  float s = 2.7557319e-6f;
  s = s * u - 1.98412698e-4f;
  s = s * u + 8.33333333e-3f;
  s = s * u - 1.66666667e-1f;
  s = x + x * u * s;
  float c = -2.7557319e-7f;
  c = c * u + 2.48015873e-5f;
  c = c * u - 1.38888889e-3f;
  c = c * u + 4.16666667e-2f;
  c = c * u - 0.5f;
  c = c * u + 1.0f;
  const bool swapped = (quadrant & 1) != 0;
  const float a = swapped ? s : c, b = swapped ? c : s;
  cosine = quadrant == 1 || quadrant == 2 ? -a : a;
  sine = quadrant >= 2 ? -b : b;
}

struct Normal {
  CAROM_DEVICE Pack<float> operator()(const philox::Words& words) const {
    Pack<float> out;
    for (int i = 0; i < kVector; i += 2) {
      const float u = 1.0f - philox::to_uniform(words.at[i]);
      const float radius = __builtin_sqrtf(-2.0f * math::log(u));
      float cosine, sine;
      turn(philox::to_uniform(words.at[i + 1]), cosine, sine);
      out.at[i] = radius * cosine;
      out.at[i + 1] = radius * sine;
    }
    return out;
  }
};

template <class Draw>
__global__ void floats_kernel(Draw draw, RandomParams p, bool packs) {
  float* out = static_cast<float*>(p.out);
  const std::int64_t groups = (p.count + kVector - 1) / kVector;
  for (std::int64_t i = global_index(); i < groups; i += global_count()) {
    const philox::Words words = philox::block(p.state, static_cast<std::uint32_t>(i));
    store_group(out, i * kVector, p.count, packs, draw(words));
  }
  advance_if_alone(p.state);
}

template <class Draw>
void floats(const RandomParams& p, Launch& launch, Draw draw) {
  const unsigned blocks = blocks_for(p.count, kVector);
  start(launch, blocks, kThreads, 0, floats_kernel<Draw>, draw, p, in_packs(p.out));
  advance_after(launch, blocks, p.state);
}

// ---------------------------------------------------------------------------------- permutation

constexpr int kRounds = 6;

/// Spreads every bit over all others (the finalizer of MurmurHash3).
CAROM_DEVICE std::uint32_t mix(std::uint32_t h) {
  h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
  h = (h ^ (h >> 13)) * 0xC2B2AE35u;
  return h ^ (h >> 16);
}

CAROM_DEVICE std::uint32_t feistel(std::uint32_t x, int half, const std::uint32_t (&keys)[8]) {
  const std::uint32_t mask = (1u << half) - 1u;
  std::uint32_t left = x >> half, right = x & mask;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint32_t next = left ^ (mix(right * 0x9E3779B1u + keys[round]) & mask);
    left = right;
    right = next;
  }
  return (left << half) | right;
}

__global__ void permute_kernel(RandomParams p, int half) {
  std::uint32_t keys[8];
  for (int b = 0; b < 2; ++b) {
    const philox::Words words = philox::block(p.state, static_cast<std::uint32_t>(b));
    for (int i = 0; i < 4; ++i) keys[4 * b + i] = words.at[i];
  }
  const auto limit = static_cast<std::uint32_t>(p.count);
  std::int32_t* out = static_cast<std::int32_t*>(p.out);
  for (std::int64_t i = global_index(); i < p.count; i += global_count()) {
    std::uint32_t x = feistel(static_cast<std::uint32_t>(i), half, keys);
    while (x >= limit) x = feistel(x, half, keys);
    out[i] = static_cast<std::int32_t>(x);
  }
  advance_if_alone(p.state);
}

void permute(const RandomParams& p, Launch& launch) {
  int half = 1;
  while ((std::int64_t{1} << (2 * half)) < p.count) ++half;
  const unsigned blocks = blocks_for(p.count);
  start(launch, blocks, kThreads, 0, permute_kernel, p, half);
  advance_after(launch, blocks, p.state);
}

}  // namespace

void random(const RandomParams& p, Launch& launch) {
  switch (p.kind) {
    case RandomKind::uniform: return floats(p, launch, Uniform{});
    case RandomKind::normal: return floats(p, launch, Normal{});
    case RandomKind::permutation: return permute(p, launch);
  }
}

}  // namespace carom::cuda
