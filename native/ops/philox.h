// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3") for
// one block at a time, and what is drawn from its words. cpu/philox.h does the same for vectors.
#pragma once

#include <cstdint>

#include "core/team.h"

namespace carom::philox {

/// The four words of a block.
struct Words {
  std::uint32_t at[4];
};

/// Block `number` of the call that `state` = {keyLo, keyHi, counterLo, counterHi} describes.
CAROM_INLINE Words block(const std::int32_t* state, std::uint32_t number) {
  std::uint32_t key0 = static_cast<std::uint32_t>(state[0]);
  std::uint32_t key1 = static_cast<std::uint32_t>(state[1]);
  Words c = {
      {number, 0, static_cast<std::uint32_t>(state[2]), static_cast<std::uint32_t>(state[3])}};
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = std::uint64_t{0xD2511F53u} * c.at[0];
    const std::uint64_t second = std::uint64_t{0xCD9E8D57u} * c.at[2];
    c = {{static_cast<std::uint32_t>(second >> 32) ^ c.at[1] ^ key0,
          static_cast<std::uint32_t>(second),
          static_cast<std::uint32_t>(first >> 32) ^ c.at[3] ^ key1,
          static_cast<std::uint32_t>(first)}};
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return c;
}

/// A float in [0, 1): a multiple of 2^-24.
CAROM_INLINE float to_uniform(std::uint32_t word) {
  return static_cast<float>(static_cast<std::int32_t>(word >> 8)) * 0x1p-24f;
}

/// Moves the state on to the next call.
CAROM_INLINE void advance(std::int32_t* state) {
  const std::uint64_t counter = (std::uint64_t{static_cast<std::uint32_t>(state[3])} << 32 |
                                 static_cast<std::uint32_t>(state[2])) +
                                1;
  state[2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(counter));
  state[3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(counter >> 32));
}

}  // namespace carom::philox
