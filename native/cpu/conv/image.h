// Images in buffers: channels-last, dense, as floats, with a border of zeros.
#pragma once

#include "cpu/simd.h"
#include "ops/conv2d.h"

namespace carom::cpu::CAROM_ISA {

/// Rows [top, top + rows) and columns [left, left + columns) of image n of `from`, which has
/// `channels` channels and extents height, width; what lies outside is zero.
struct Window {
  std::int64_t n, channels, height, width;
  std::int64_t top, left, rows, columns;
};

/// Loads a window into target [rows, columns, channels], each element times `scale`.
void load_window(const Strided4& from, const Window& window, float scale, float* target);

/// dz = dy * activation'(y) in place, over whole pixels of `filters` floats; adds the sum of dz
/// over the pixels to dbias unless that is null.
void differentiate_pixels(Activation activation, float* dz, const float* y, std::int64_t pixels,
                          std::int64_t filters, float* dbias);

}  // namespace carom::cpu::CAROM_ISA
