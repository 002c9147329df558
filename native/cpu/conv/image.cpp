#include "cpu/conv/image.h"

#include <cstring>

#include "cpu/transpose.h"

namespace carom::cpu::CAROM_ISA {
namespace {

CAROM_INLINE Vec load_as_floats(const float* p) { return load(p); }

CAROM_INLINE Vec load_as_floats(const std::uint8_t* p) {
#if defined(CAROM_ISA_avx512)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  return to_floats((VecI)_mm512_cvtepu8_epi32(bytes));
#elif defined(CAROM_ISA_avx2)
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
  return to_floats((VecI)_mm256_cvtepu8_epi32(bytes));
#else
  Vec v;
  for (int i = 0; i < kLanes; ++i) v[i] = p[i];
  return v;
#endif
}

/// Interleaves four vectors: a0 b0 c0 d0 a1 b1 c1 d1 ...
template <std::size_t... lane>
CAROM_INLINE void store_interleaved(const Vec* v, float* target, std::index_sequence<lane...>) {
  constexpr std::size_t n = kLanes;
  const Vec ac0 = __builtin_shufflevector(v[0], v[2], (lane / 2 + lane % 2 * n)...);
  const Vec ac1 = __builtin_shufflevector(v[0], v[2], (n / 2 + lane / 2 + lane % 2 * n)...);
  const Vec bd0 = __builtin_shufflevector(v[1], v[3], (lane / 2 + lane % 2 * n)...);
  const Vec bd1 = __builtin_shufflevector(v[1], v[3], (n / 2 + lane / 2 + lane % 2 * n)...);
  store(target, __builtin_shufflevector(ac0, bd0, (lane / 2 + lane % 2 * n)...));
  store(target + n, __builtin_shufflevector(ac0, bd0, (n / 2 + lane / 2 + lane % 2 * n)...));
  store(target + 2 * n, __builtin_shufflevector(ac1, bd1, (lane / 2 + lane % 2 * n)...));
  store(target + 3 * n, __builtin_shufflevector(ac1, bd1, (n / 2 + lane / 2 + lane % 2 * n)...));
}

/// One row of pixels whose channels are planes apart: four channels, a vector of pixels at a time.
/// Returns how many pixels are done.
template <class T>
std::int64_t load_four_planes(const T* from, std::int64_t plane, std::int64_t columns, float scale,
                              float* target) {
  std::int64_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    Vec v[4];
    for (int c = 0; c < 4; ++c) v[c] = load_as_floats(from + c * plane + i) * scale;
    store_interleaved(v, target + 4 * i, std::make_index_sequence<kLanes>{});
  }
  return i;
}

/// The same for any number of channels, by blocks of kLanes of both.
template <class T>
std::int64_t load_planes(const T* from, std::int64_t plane, std::int64_t channels,
                         std::int64_t columns, float scale, float* target) {
  std::int64_t i = 0;
  for (; i + kLanes <= columns; i += kLanes) {
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const int count = channels - c < kLanes ? static_cast<int>(channels - c) : kLanes;
      Vec block[kLanes] = {};
      for (int k = 0; k < count; ++k)
        block[k] = load_as_floats(from + (c + k) * plane + i) * scale;
      transpose(block);
      for (int k = 0; k < kLanes; ++k)
        store_first(target + (i + k) * channels + c, block[k], count);
    }
  }
  return i;
}

/// `columns` pixels from `from` on.
template <class T>
void load_pixels(const T* from, const std::int64_t* stride, std::int64_t channels,
                 std::int64_t columns, float scale, float* target) {
  std::int64_t i = 0;  // pixels done
  if (stride[1] == 1 && stride[3] == channels) {
    const std::int64_t count = columns * channels;
    std::int64_t k = 0;
    for (; k + kLanes <= count; k += kLanes) store(target + k, load_as_floats(from + k) * scale);
    for (; k < count; ++k) target[k] = static_cast<float>(from[k]) * scale;
    return;
  }
  if (stride[3] == 1) {
    i = channels == 4 ? load_four_planes(from, stride[1], columns, scale, target)
                      : load_planes(from, stride[1], channels, columns, scale, target);
  }
  for (; i < columns; ++i) {
    for (std::int64_t c = 0; c < channels; ++c) {
      target[i * channels + c] = static_cast<float>(from[i * stride[3] + c * stride[1]]) * scale;
    }
  }
}

/// All pixels of an image whose rows follow each other without gaps are one row.
void load_all_planes(const Strided4& from, const Window& w, float scale, float* target) {
  const float* image = from.floats() + w.n * from.stride[0];
  load_pixels(image, from.stride, w.channels, w.height * w.width, scale, target);
}

template <class T>
void load_row(const Strided4& from, const Window& w, std::int64_t row, float scale,
              float* target) {
  const std::int64_t h = w.top + row;
  const auto least = [](std::int64_t a, std::int64_t b) { return a < b ? a : b; };
  const auto clear = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * w.channels; i < end * w.channels; ++i) target[i] = 0;
  };
  const std::int64_t before = w.left < 0 ? least(-w.left, w.columns) : 0;
  const std::int64_t first = w.left + before;
  const std::int64_t count = least(w.width - first, w.columns - before);
  if (h < 0 || h >= w.height || count <= 0) return clear(0, w.columns);
  clear(0, before);
  const T* at = reinterpret_cast<const T*>(from.data) + w.n * from.stride[0] +
                h * from.stride[2] + first * from.stride[3];
  load_pixels(at, from.stride, w.channels, count, scale, target + before * w.channels);
  clear(before + count, w.columns);
}

template <Activation activation>
CAROM_INLINE Vec derivative(Vec dy, Vec y) {
  if constexpr (activation == Activation::relu) return y > splat(0) ? dy : Vec{};
  if constexpr (activation == Activation::tanh) return dy - dy * y * y;
  return dy;
}

/// One vector of filters, all pixels.
template <Activation activation>
void differentiate(float* dz, const float* y, std::int64_t pixels, std::int64_t filters, int lanes,
                   float* dbias) {
  Vec sum = {};
  for (std::int64_t i = 0; i < pixels; ++i) {
    float* at = dz + i * filters;
    Vec v = lanes == kLanes ? load(at) : load_first(at, lanes);
    if constexpr (activation != Activation::none) {
      const float* y_at = y + i * filters;
      v = derivative<activation>(v, lanes == kLanes ? load(y_at) : load_first(y_at, lanes));
      if (lanes == kLanes) store(at, v);
      else store_first(at, v, lanes);
    }
    sum += v;
  }
  if (dbias != nullptr) store_first(dbias, load_first(dbias, lanes) + sum, lanes);
}

}  // namespace

void load_window(const Strided4& from, const Window& w, float scale, float* target) {
  const bool whole = w.top == 0 && w.left == 0 && w.rows == w.height && w.columns == w.width;
  if (whole && from.dtype == DType::float32 && from.stride[2] == w.width * from.stride[3])
    return load_all_planes(from, w, scale, target);
  for (std::int64_t row = 0; row < w.rows; ++row) {
    float* at = target + row * w.columns * w.channels;
    if (from.dtype == DType::uint8) load_row<std::uint8_t>(from, w, row, scale, at);
    else load_row<float>(from, w, row, scale, at);
  }
}

void differentiate_pixels(Activation activation, float* dz, const float* y, std::int64_t pixels,
                          std::int64_t filters, float* dbias) {
  for (std::int64_t o = 0; o < filters; o += kLanes) {
    const int lanes = filters - o < kLanes ? static_cast<int>(filters - o) : kLanes;
    float* sums = dbias == nullptr ? nullptr : dbias + o;
    switch (activation) {
      case Activation::none:
        differentiate<Activation::none>(dz + o, nullptr, pixels, filters, lanes, sums);
        break;
      case Activation::relu:
        differentiate<Activation::relu>(dz + o, y + o, pixels, filters, lanes, sums);
        break;
      case Activation::tanh:
        differentiate<Activation::tanh>(dz + o, y + o, pixels, filters, lanes, sums);
        break;
    }
  }
}

}  // namespace carom::cpu::CAROM_ISA
