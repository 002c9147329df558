// conv2d forward. Phase 0 packs the weights; phase 1 computes bands of rows of y, one unit each.
// Pixels of y are the rows of a product whose left operand is read where x (or its buffer) lies.
#include "cpu/conv/filters.h"
#include "cpu/conv/image.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Rows [begin, end) of y in image n, and where the pixel under the first filter lies.
struct Band {
  std::int64_t n, begin, end;
  const float* x;
  std::int64_t row, column;  // floats from one row or column of x to the next
};

/// Where pixel i of a band begins in x and in y.
struct PixelWalk {
  std::int64_t column, at_x, at_y;
};

void activate(Activation activation, const ConvTarget& out, int rows) {
  if (activation != Activation::tanh) return;
  for (int i = 0; i < rows; ++i) {
    float* c = out.c + out.rows[i];
    for (int j = 0; j < out.columns; j += kLanes) {
      const int lanes = out.columns - j < kLanes ? out.columns - j : kLanes;
      store_first(c + j, math::tanh(load_first(c + j, lanes)), lanes);
    }
  }
}

/// All pixels of a band for one panel of filters.
void convolve_panel(const Conv2dParams& p, const Band& band, ConvTile in, ConvTarget out,
                    int vectors) {
  const ConvShape& s = p.shape;
  const std::int64_t tallest = max_conv_rows(vectors);
  const std::int64_t pixels = (band.end - band.begin) * s.out_width;
  const std::int64_t tiles = (pixels + tallest - 1) / tallest;
  std::int64_t from[kMaxConvRows], to[kMaxConvRows];
  std::int64_t column = 0, row = 0, at_y = band.begin * s.out_width * s.filters;
  in.rows = from;
  out.rows = to;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const int height = static_cast<int>((pixels + i) / tiles);
    for (int k = 0; k < height; ++k) {
      from[k] = row * s.stride_h * band.row + column * s.stride_w * band.column;
      to[k] = at_y;
      at_y += s.filters;
      if (++column == s.out_width) column = 0, ++row;
    }
    conv_tile(height, vectors, in, out);
    activate(p.activation, out, height);
  }
}

void convolve_band(const Conv2dParams& p, const Band& band, const float* packed) {
  const ConvShape& s = p.shape;
  const Runs runs(s, band.column == s.channels);
  const Panels panels(s.group_filters());
  for (std::int64_t g = 0; g < s.groups; ++g) {
    for (std::int64_t i = 0; i < panels.count; ++i) {
      const Panel panel = panels[i];
      const std::int64_t width = panel.vectors * kLanes;
      const std::int64_t filter = g * s.group_filters() + panel.column;
      const std::int64_t tap = s.group_channels() * width;
      const ConvTile in{band.x + g * s.group_channels(),
                        nullptr,
                        packed + (g * panels.vectors() * kLanes + panel.column) * s.depth(),
                        {runs.rows, runs.columns, runs.length},
                        {s.dilation_h * band.row, s.dilation_w * band.column, 1},
                        {s.kernel_w * tap, tap, width}};
      const ConvTarget out{p.y.out() + band.n * p.y.stride[0] + filter,
                           nullptr,
                           panel.columns,
                           p.bias == nullptr ? nullptr : p.bias + filter,
                           false,
                           p.activation == Activation::relu};
      convolve_panel(p, band, in, out, panel.vectors);
    }
  }
}

/// A band with x where it lies, or loaded into the buffer.
Band prepare_band(const Conv2dParams& p, std::int64_t unit, float* buffer) {
  const ConvShape& s = p.shape;
  const std::int64_t n = unit / p.bands, begin = unit % p.bands * p.band_rows;
  const std::int64_t end = begin + p.band_rows < s.out_height ? begin + p.band_rows : s.out_height;
  if (p.x_direct) {
    const float* x =
        p.x.floats() + n * p.x.stride[0] + begin * s.stride_h * p.x.stride[2];
    return {n, begin, end, x, p.x.stride[2], p.x.stride[3]};
  }
  const Window window{n,
                      s.channels,
                      s.height,
                      s.width,
                      begin * s.stride_h - s.pad_top,
                      -s.pad_left,
                      s.reach_h(end - begin),
                      p.buffer_w};
  load_window(p.x, window, p.scale, buffer);
  return {n, begin, end, buffer, p.buffer_w * s.channels, s.channels};
}

}  // namespace

void conv2d(const Conv2dParams& p, const Team& team) {
  float* scratch = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 0) return pack_forward(p, team, scratch);
  const int size = team.size < p.slots ? team.size : static_cast<int>(p.slots);
  if (team.rank >= size) return;
  const Range mine = Team{team.rank, size}.share(p.shape.images * p.bands);
  float* buffer = scratch + p.packed + team.rank * p.buffer;
  for (std::int64_t unit = mine.begin; unit < mine.end; ++unit)
    convolve_band(p, prepare_band(p, unit, buffer), scratch);
}

}  // namespace carom::cpu::CAROM_ISA
