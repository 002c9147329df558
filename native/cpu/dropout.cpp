// dropout and its gradient: the mask is drawn anew from the same words, four per block of Philox,
// kLanes blocks at a time.
#include "ops/dropout.h"

#include "cpu/philox.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kGroup = 4 * kLanes;

/// The upper 24 bits of the words of kLanes blocks, in the order of the elements.
CAROM_INLINE void draw(const std::int32_t* state, std::int64_t first, std::int32_t* words) {
  const PhiloxLanes blocks = philox(state, static_cast<std::uint32_t>(first / 4));
  for (int word = 0; word < 4; ++word) {
    const VecU drawn = blocks.word[word] >> 8;
    for (int lane = 0; lane < kLanes; ++lane)
      words[4 * lane + word] = static_cast<std::int32_t>(drawn[lane]);
  }
}

void drop(const DropoutParams& p, const Team& team) {
  const Range mine = team.share(p.count, kGroup);
  alignas(64) std::int32_t words[kGroup];
  for (std::int64_t at = mine.begin; at < mine.end; at += kGroup) {
    draw(p.state, at, words);
    for (std::int64_t j = 0; j < kGroup && at + j < mine.end; j += kLanes) {
      const std::int64_t left = mine.end - at - j;
      const int n = left < kLanes ? static_cast<int>(left) : kLanes;
      const Vec x = load_first(p.x + at + j, n) * p.scale;
      store_first(p.out + at + j, load(words + j) >= p.threshold ? x : Vec{}, n);
    }
  }
  if (p.used == nullptr || team.rank != 0) return;
  for (int i = 0; i < 4; ++i) p.used[i] = p.state[i];
}

}  // namespace

void dropout(const DropoutParams& p, const Team& team) {
  if (team.phase == 0) return drop(p, team);
  if (team.rank == 0) advance(p.state);
}

}  // namespace carom::cpu::CAROM_ISA
