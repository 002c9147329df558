// Tensor cores: the product of a warp, and the rounding of float32 to its factors. GPUs before compute
// capability 8.0 have none of it; the backend gives them Precision::float32.
//
// One step multiplies A [16, 8 words] and B [8 words, 8 columns] and adds to C [16, 8] of float32. A word
// is 32 bits: one factor of tf32, or two neighbours along k of bfloat16, the first one in the lower half.
// In PTX these are m16n8k8 (tf32) and m16n8k16 (bfloat16), and word for word their fragments lie alike.
// With group = lane / 4 and member = lane % 4 a lane holds
//
//   a[0]  row group,     word member          b[0]  word member,     column group
//   a[1]  row group + 8, word member          b[1]  word member + 4, column group
//   a[2]  row group,     word member + 4      c[0], c[1]  row group,     columns 2 member, 2 member + 1
//   a[3]  row group + 8, word member + 4      c[2], c[3]  row group + 8, columns 2 member, 2 member + 1
#pragma once

#include "cuda/launch.h"

#if defined(CAROM_EMULATE)
#include "cuda/emulate/tensor_core.h"
#endif

namespace carom::cuda {

inline constexpr int kStepRows = 16, kStepColumns = 8, kStepWords = 8;

/// Neighbours along k in one word.
template <Precision precision>
constexpr int kFactors = precision == Precision::bfloat16 ? 2 : 1;

/// The word of tf32: to nearest, ties away from zero.
CAROM_DEVICE std::uint32_t tf32_word(float x) {
  std::uint32_t word = 0;
#if defined(CAROM_EMULATE)
  word = emulate::to_tf32(x);
#elif __CUDA_ARCH__ >= 800
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(word) : "f"(x));
#endif
  return word;
}

/// The word of two neighbours of bfloat16: to nearest, ties to even.
CAROM_DEVICE std::uint32_t bfloat16_word(float first, float second) {
  std::uint32_t word = 0;
#if defined(CAROM_EMULATE)
  word = emulate::to_bfloat16(first) | emulate::to_bfloat16(second) << 16;
#elif __CUDA_ARCH__ >= 800
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(word) : "f"(second), "f"(first));
#endif
  return word;
}

/// c += a * b, by all lanes of a warp at once.
template <Precision precision>
CAROM_DEVICE void multiply_step(float (&c)[4], const std::uint32_t (&a)[4],
                                const std::uint32_t (&b)[2]) {
#if defined(CAROM_EMULATE)
  const auto value = [](std::uint32_t word, int i) {
    if constexpr (precision == Precision::tf32) word &= ~0x1FFFu;
    else word = i == 0 ? word << 16 : word & 0xFFFF0000u;
    return static_cast<double>(std::bit_cast<float>(word));
  };
  emulate::multiply_warp<kFactors<precision>>(c, {a, b}, value);
#elif __CUDA_ARCH__ >= 800
  if constexpr (precision == Precision::tf32) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  } else {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
        "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  }
#endif
}

}  // namespace carom::cuda
