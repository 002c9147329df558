// Products of operands that lie whole in shared memory, by all threads of a block: with FFMA for
// float32, in steps of tensor cores (tensor_core.h) for tf32 and bfloat16.
//
// An operand has a wide dimension (rows of the left one, columns of the right one) and a deep one, which
// is summed over. It lies as words [deep / factors][wide]; both extents are whole multiples of kPadding,
// filled up with zeros along the deep one. Pitches are such that the lanes of a step meet in no bank.
#pragma once

#include <type_traits>

#include "cuda/tensor_core.h"

namespace carom::cuda {

inline constexpr int kPadding = 16;

template <Precision precision>
using Word = std::conditional_t<precision == Precision::float32, float, std::uint32_t>;

CAROM_INLINE constexpr int padded(int extent) {
  return (extent + kPadding - 1) / kPadding * kPadding;
}

/// From line to line of an operand: an odd multiple of 8 words.
CAROM_INLINE constexpr int pitch_of(int wide) { return (padded(wide) / 8 | 1) * 8; }

constexpr int factors_of(Precision precision) { return precision == Precision::bfloat16 ? 2 : 1; }

/// Words of an operand.
constexpr int size_of(Precision precision, int deep, int wide) {
  return padded(deep) / factors_of(precision) * pitch_of(wide);
}

template <class Word>
struct SharedOperand {
  const Word* words;
  int pitch;
};

/// The word of one element, or of two neighbours along the deep dimension.
template <Precision precision>
CAROM_DEVICE Word<precision> word_of(float first, [[maybe_unused]] float second) {
  if constexpr (precision == Precision::float32) return first;
  else if constexpr (precision == Precision::tf32) return tf32_word(first);
  else return bfloat16_word(first, second);
}

/// Puts (wide, deep) and (wide, deep + 1), for an even `deep`.
template <Precision precision>
CAROM_DEVICE void put_along(Word<precision>* to, int pitch, int wide, int deep, float first,
                            float second) {
  if constexpr (kFactors<precision> == 2) {
    to[deep / 2 * pitch + wide] = word_of<precision>(first, second);
  } else {
    to[deep * pitch + wide] = word_of<precision>(first, 0);
    to[(deep + 1) * pitch + wide] = word_of<precision>(second, 0);
  }
}

/// Puts (wide, deep) and (wide + 1, deep).
template <Precision precision>
CAROM_DEVICE void put_across(Word<precision>* to, int pitch, int wide, int deep, float first,
                             float second) {
  if constexpr (kFactors<precision> == 2) {
    const std::uint32_t both = bfloat16_word(first, second);
    auto* halves = reinterpret_cast<std::uint16_t*>(to + deep / 2 * pitch + wide) + deep % 2;
    halves[0] = static_cast<std::uint16_t>(both);
    halves[2] = static_cast<std::uint16_t>(both >> 16);
  } else {
    to[deep * pitch + wide] = word_of<precision>(first, 0);
    to[deep * pitch + wide + 1] = word_of<precision>(second, 0);
  }
}

/// Fills an operand of padded extents from value(wide, deep). `along`: neighbours along the deep
/// dimension lie side by side in memory; a warp then takes 4 words of 8 lines. A thread reads some
/// words before it puts the first one.
template <Precision precision, class Value>
CAROM_DEVICE void fill_operand(Word<precision>* to, int pitch, int wide, int deep, bool along,
                               const Value& value) {
  constexpr int factors = kFactors<precision>, held_words = 8;
  const int words = deep / factors, size = words * wide, threads = static_cast<int>(blockDim.x);
  const auto place = [=](int i, int& w, int& word) {
    const int block = i / 32, across = words / 4;
    w = along ? block / across * 8 + i % 32 / 4 : i % wide;
    word = along ? block % across * 4 + i % 4 : i / wide;
  };
  for (int i = static_cast<int>(threadIdx.x); i < size; i += held_words * threads) {
    Word<precision> held[held_words] = {};
    int w = 0, word = 0;
    CAROM_UNROLL
    for (int j = 0; j < held_words; ++j) {
      if (i + j * threads >= size) continue;
      place(i + j * threads, w, word);
      const float second = factors == 2 ? value(w, word * factors + 1) : 0.0f;
      held[j] = word_of<precision>(value(w, word * factors), second);
    }
    CAROM_UNROLL
    for (int j = 0; j < held_words; ++j) {
      if (i + j * threads >= size) continue;
      place(i + j * threads, w, word);
      to[word * pitch + w] = held[j];
    }
  }
}

/// A warp's step of 16 rows and `across` times 8 columns; store as for multiply_tile.
template <Precision precision, int across, class Store>
CAROM_DEVICE void multiply_steps(const SharedOperand<std::uint32_t>& a,
                                 const SharedOperand<std::uint32_t>& b, int m, int n, int words,
                                 const Store& store) {
  const int warp = static_cast<int>(threadIdx.x) / 32, lane = static_cast<int>(threadIdx.x) % 32;
  const int warps = static_cast<int>(blockDim.x) / 32, group = lane / 4, member = lane % 4;
  const int down = m / kStepRows, steps = down * (n / (across * kStepColumns));
  for (int i = warp; i < steps; i += warps) {
    const int row = i % down * kStepRows + group, column = i / down * (across * kStepColumns);
    const std::uint32_t* left = a.words + member * a.pitch + row;
    const std::uint32_t* right = b.words + member * b.pitch + column + group;
    float sum[across][4] = {};
    for (int k = 0; k < words; k += kStepWords) {
      const std::uint32_t x[4] = {left[0], left[8], left[4 * a.pitch], left[4 * a.pitch + 8]};
      CAROM_UNROLL
      for (int j = 0; j < across; ++j) {
        const std::uint32_t y[2] = {right[j * 8], right[4 * b.pitch + j * 8]};
        multiply_step<precision>(sum[j], x, y);
      }
      left += kStepWords * a.pitch;
      right += kStepWords * b.pitch;
    }
    CAROM_UNROLL
    for (int j = 0; j < across; ++j) {
      const int at = column + j * kStepColumns + member * 2;
      store(row, at, sum[j][0], sum[j][1]);
      store(row + 8, at, sum[j][2], sum[j][3]);
    }
  }
}

/// A thread's 4 x 4 elements.
template <class Store>
CAROM_DEVICE void multiply_groups(const SharedOperand<float>& a, const SharedOperand<float>& b,
                                  int m, int n, int deep, const Store& store) {
  const int down = m / 4, groups = down * (n / 4);
  for (int i = static_cast<int>(threadIdx.x); i < groups; i += static_cast<int>(blockDim.x)) {
    const int row = i % down * 4, column = i / down * 4;
    const float* left = a.words + row;
    const float* right = b.words + column;
    float sum[4][4] = {};
    for (int k = 0; k < deep; ++k) {
      const float4 x = *reinterpret_cast<const float4*>(left);
      const float4 y = *reinterpret_cast<const float4*>(right);
      const float from_left[4] = {x.x, x.y, x.z, x.w}, from_right[4] = {y.x, y.y, y.z, y.w};
      CAROM_UNROLL
      for (int r = 0; r < 4; ++r) {
        CAROM_UNROLL
        for (int c = 0; c < 4; ++c) sum[r][c] += from_left[r] * from_right[c];
      }
      left += a.pitch;
      right += b.pitch;
    }
    CAROM_UNROLL
    for (int r = 0; r < 4; ++r) {
      store(row + r, column, sum[r][0], sum[r][1]);
      store(row + r, column + 2, sum[r][2], sum[r][3]);
    }
  }
}

/// The product [m, n] of a and b over `deep`, all padded: store(row, column, first, second) gets each
/// pair of neighbours in a row, from the thread that owns them. All threads of the block must come.
template <Precision precision, class Store>
CAROM_DEVICE void multiply_tile(const SharedOperand<Word<precision>>& a,
                                const SharedOperand<Word<precision>>& b, int m, int n, int deep,
                                const Store& store) {
  if constexpr (precision == Precision::float32) {
    multiply_groups(a, b, m, n, deep, store);
  } else {
    const int words = deep / kFactors<precision>, warps = static_cast<int>(blockDim.x) / 32;
    const bool many = (m / kStepRows) * (n / (2 * kStepColumns)) >= warps;
    if (many) multiply_steps<precision, 2>(a, b, m, n, words, store);
    else multiply_steps<precision, 1>(a, b, m, n, words, store);
  }
}

/// Rows of a tile: small enough that every multiprocessor gets one, large enough to reuse weights. FFMA
/// needs 32 rows to keep its threads busy.
constexpr int wanted_tile(std::int64_t rows, std::int64_t most_blocks, Precision precision) {
  if (rows > 32 * most_blocks) return 64;
  return rows > 16 * most_blocks || precision == Precision::float32 ? 32 : 16;
}

/// Threads of a block, for which a tile of few rows has no use beyond 256.
constexpr int kMostThreads = 512;
constexpr int threads_for(int tile, Precision precision) {
  return tile == 16 || precision == Precision::float32 ? kThreads : kMostThreads;
}

/// Two neighbours in a row, of which `left` exist; at once where `paired`.
CAROM_DEVICE void write_pair(float* at, int left, bool paired, float first, float second) {
  if (left >= 2 && paired) {
    *reinterpret_cast<float2*>(at) = make_float2(first, second);
    return;
  }
  if (left >= 1) at[0] = first;
  if (left >= 2) at[1] = second;
}

/// Whether neighbours at even columns can be written at once.
CAROM_DEVICE bool pairs_in(const float* data, std::int64_t stride) {
  return stride % 2 == 0 && reinterpret_cast<std::uintptr_t>(data) % 8 == 0;
}

}  // namespace carom::cuda
