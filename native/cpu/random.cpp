// Random ops; see ops/random.h for what is drawn from where.
//
// permutation: out[i] = i sent through a keyed bijection of the numbers of 2w bits, 4^w >= n, again
// and again until the result is below n ("cycle walking"). The bijection is a Feistel network of
// six rounds on halves of w bits; round key r is word r of the call's stream. Elements are
// independent of each other.
#include "ops/random.h"

#include "cpu/philox.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr int kRounds = 6;

/// cos and sin of 2 pi t for t in [0, 1): the nearest quarter turn is taken off, polynomials do the
/// rest
/// (|error| < 1e-7).
CAROM_INLINE void turn(Vec t, Vec& cosine, Vec& sine) {
  const Vec quarters = t * 4.0f;
  const Vec nearest = (quarters + 12582912.0f) - 12582912.0f;
  const VecI quadrant = __builtin_convertvector(nearest, VecI) & 3;
  const Vec x = (quarters - nearest) * 1.57079637f;
  const Vec u = x * x;
  Vec s = splat(2.7557319e-6f);
  s = s * u - 1.98412698e-4f;
  s = s * u + 8.33333333e-3f;
  s = s * u - 1.66666667e-1f;
  s = x + x * u * s;
  Vec c = splat(-2.7557319e-7f);
  c = c * u + 2.48015873e-5f;
  c = c * u - 1.38888889e-3f;
  c = c * u + 4.16666667e-2f;
  c = c * u - 0.5f;
  c = c * u + 1.0f;
  const VecI swapped = (quadrant & 1) != 0;
  const Vec a = swapped ? s : c;
  const Vec b = swapped ? c : s;
  cosine = (quadrant == 1) | (quadrant == 2) ? -a : a;
  sine = (quadrant >= 2) ? -b : b;
}

CAROM_INLINE Vec square_root(Vec x) {
  alignas(64) float lanes[kLanes];
  store(lanes, x);
  for (int i = 0; i < kLanes; ++i) lanes[i] = __builtin_sqrtf(lanes[i]);
  return load(lanes);
}

/// z0, z1 from the words of a pair of lanes.
CAROM_INLINE void box_muller(VecU first, VecU second, Vec& z0, Vec& z1) {
  const Vec radius = square_root(-2.0f * math::log(1.0f - to_uniform(first)));
  Vec cosine, sine;
  turn(to_uniform(second), cosine, sine);
  z0 = radius * cosine;
  z1 = radius * sine;
}

/// Draws four floats per block, kLanes blocks at a time, and writes them in the order of the
/// elements.
template <class Draw>
void floats(const RandomParams& p, const Team& team, Draw draw) {
  constexpr std::int64_t kGroup = 4 * kLanes;
  const Range mine = team.share(p.count, kGroup);
  float* out = static_cast<float*>(p.out);
  for (std::int64_t at = mine.begin; at < mine.end; at += kGroup) {
    Vec values[4];
    draw(philox(p.state, static_cast<std::uint32_t>(at / 4)), values);
    alignas(64) float ordered[kGroup];
    for (int word = 0; word < 4; ++word) {
      for (int lane = 0; lane < kLanes; ++lane) ordered[4 * lane + word] = values[word][lane];
    }
    const std::int64_t n = mine.end - at < kGroup ? mine.end - at : kGroup;
    for (std::int64_t i = 0; i < n; ++i) out[at + i] = ordered[i];
  }
}

/// Spreads every bit over all others (the finalizer of MurmurHash3).
CAROM_INLINE VecU mix(VecU h) {
  h = (h ^ (h >> 16)) * 0x85EBCA6Bu;
  h = (h ^ (h >> 13)) * 0xC2B2AE35u;
  return h ^ (h >> 16);
}

CAROM_INLINE VecU feistel(VecU x, int half, const std::uint32_t (&keys)[8]) {
  const VecU mask = VecU{} + ((1u << half) - 1u);
  VecU left = x >> half, right = x & mask;
  for (int round = 0; round < kRounds; ++round) {
    const VecU next = left ^ (mix(right * 0x9E3779B1u + keys[round]) & mask);
    left = right;
    right = next;
  }
  return (left << half) | right;
}

void permute(const RandomParams& p, const Team& team) {
  std::uint32_t keys[8];
  const PhiloxLanes words = philox(p.state, 0);
  for (int i = 0; i < 8; ++i) keys[i] = words.word[i % 4][i / 4];
  int half = 1;
  while ((std::int64_t{1} << (2 * half)) < p.count) ++half;
  const auto limit = static_cast<std::uint32_t>(p.count);
  std::int32_t* out = static_cast<std::int32_t*>(p.out);
  const Range mine = team.share(p.count, kLanes);
  for (std::int64_t at = mine.begin; at < mine.end; at += kLanes) {
    const int n = mine.end - at < kLanes ? static_cast<int>(mine.end - at) : kLanes;
    VecU x = feistel((VecU)lane_numbers() + static_cast<std::uint32_t>(at), half, keys);
    const auto outside = [&] { return (VecI)(x >= limit) & (lane_numbers() < n); };
    for (VecI again = outside();; again = outside()) {
      std::int32_t any = 0;
      for (int i = 0; i < kLanes; ++i) any |= again[i];
      if (any == 0) break;
      x = again != 0 ? feistel(x, half, keys) : x;
    }
    store_first(out + at, (VecI)x, n);
  }
}

}  // namespace

void random(const RandomParams& p, const Team& team) {
  if (team.phase == 1) {
    if (team.rank == 0) advance(p.state);
    return;
  }
  switch (p.kind) {
    case RandomKind::uniform:
      return floats(p, team, [](const PhiloxLanes& words, Vec* out) {
        for (int i = 0; i < 4; ++i) out[i] = to_uniform(words.word[i]);
      });
    case RandomKind::normal:
      return floats(p, team, [](const PhiloxLanes& words, Vec* out) {
        box_muller(words.word[0], words.word[1], out[0], out[1]);
        box_muller(words.word[2], words.word[3], out[2], out[3]);
      });
    case RandomKind::permutation: return permute(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
