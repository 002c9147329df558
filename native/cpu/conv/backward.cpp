// The gradients of conv2d, image by image, so that what is made of dy stays in the cache. Phase 0
// packs the weights for dx; phase 1 works through pieces of the batch and leaves a sum of dweight
// and dbias for each; phase 2 adds the pieces up.
//
// dx: the product of dz with the weights, one row of taps at a time, is added to the pixels under
// them. dweight: the product of x and dz over all pixels, x being read where it lies.
#include <cstring>

#include "cpu/conv/filters.h"
#include "cpu/conv/image.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// The images that a rank has at hand: dz and x dense or where they lie.
struct Group {
  std::int64_t first, count;
  const float* dz;
  std::int64_t dz_image;
  const float* x;
  std::int64_t x_image, x_row, x_column;
};

struct Buffers {
  float* dz;
  float* x;
  float* dx;

  Buffers(const Conv2dParams& p, float* at) {
    const ConvShape& s = p.shape;
    dz = at;
    if (!p.dz_direct) at += p.group_images * padded_columns(s.pixels() * s.filters) + 64;
    x = at;
    if (p.dweight.data != nullptr && !p.x_direct) at += p.group_images * image_size(p);
    dx = at;
  }
  static CAROM_INLINE std::int64_t image_size(const Conv2dParams& p) {
    return padded_columns(p.buffer_h * p.buffer_w * p.shape.channels);
  }
};

float* bias_sums(const Conv2dParams& p, float* partial) {
  return p.dbias == nullptr ? nullptr : partial + p.partial - padded_columns(p.shape.filters);
}

Group load_group(const Conv2dParams& p, Range images, const Buffers& buffers, float* dbias) {
  const ConvShape& s = p.shape;
  const std::int64_t first = images.begin;
  Group group{first,      images.end - first, p.dy.floats() + first * p.dy.stride[0],
              p.dy.stride[0], nullptr,        0,
              0,          0};
  if (!p.dz_direct) {
    group.dz = buffers.dz;
    group.dz_image = s.pixels() * s.filters;
    for (std::int64_t n = images.begin; n < images.end; ++n) {
      float* dz = buffers.dz + (n - first) * group.dz_image;
      load_window(p.dy, {n, s.filters, s.out_height, s.out_width, 0, 0, s.out_height, s.out_width},
                  1, dz);
      if (p.activation == Activation::none && dbias == nullptr) continue;
      differentiate_pixels(p.activation, dz, p.y.floats() + n * p.y.stride[0], s.pixels(),
                           s.filters, dbias);
    }
  }
  if (p.dweight.data == nullptr) return group;
  if (p.x_direct) {
    group.x = p.x.floats() + first * p.x.stride[0];
    group.x_image = p.x.stride[0], group.x_row = p.x.stride[2], group.x_column = p.x.stride[3];
    return group;
  }
  group.x = buffers.x;
  group.x_image = Buffers::image_size(p);
  group.x_row = p.buffer_w * s.channels, group.x_column = s.channels;
  for (std::int64_t n = images.begin; n < images.end; ++n) {
    load_window(p.x,
                {n, s.channels, s.height, s.width, -s.pad_top, -s.pad_left, p.buffer_h, p.buffer_w},
                p.scale, buffers.x + (n - first) * group.x_image);
  }
  return group;
}

// -------------------------------------------------------------------------------------- dweight

/// One run of taps: rows of the sum are its floats, columns the filters of a panel.
void weigh_run(ConvTile in, ConvTarget out, std::int64_t length, std::int64_t row_size,
               int vectors) {
  const std::int64_t tallest = max_conv_rows(vectors);
  const std::int64_t tiles = (length + tallest - 1) / tallest;
  std::int64_t to[kMaxConvRows];
  for (int k = 0; k < kMaxConvRows; ++k) to[k] = k * row_size;
  out.rows = to;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t height = (length + i) / tiles;
    conv_tile(static_cast<int>(height), vectors, in, out);
    in.a += height;
    out.c += height * row_size;
  }
}

/// Adds a group's part of dweight to partial [group][tap][channel][filter].
void weigh(const Conv2dParams& p, const Group& group, float* partial) {
  const ConvShape& s = p.shape;
  const Runs runs(s, group.x_column == s.channels);
  const Panels panels(s.group_filters());
  const std::int64_t row_size = conv_columns(s);
  for (std::int64_t run = 0; run < s.groups * runs.rows * runs.columns; ++run) {
    const std::int64_t g = run / (runs.rows * runs.columns);
    const std::int64_t r = run / runs.columns % runs.rows, c = run % runs.columns;
    const float* x = group.x + g * s.group_channels() + r * s.dilation_h * group.x_row +
                     c * s.dilation_w * group.x_column;
    for (std::int64_t i = 0; i < panels.count; ++i) {
      const Panel panel = panels[i];
      const ConvTile in{
          x,
          nullptr,
          group.dz + g * s.group_filters() + panel.column,
          {group.count, s.out_height, s.out_width},
          {group.x_image, s.stride_h * group.x_row, s.stride_w * group.x_column},
          {group.dz_image, s.out_width * s.filters, s.filters}};
      const ConvTarget out{partial + run * runs.length * row_size + panel.column,
                           nullptr, panel.vectors * kLanes, nullptr, true, false};
      weigh_run(in, out, runs.length, row_size, panel.vectors);
    }
  }
}

// ------------------------------------------------------------------------------------------- dx

/// Zeros, or the bias of each channel.
void clear_pixels(const Conv2dParams& p, float* dx, std::int64_t pixels) {
  const std::int64_t channels = p.shape.channels;
  if (p.bias == nullptr) {
    std::memset(dx, 0, static_cast<std::size_t>(pixels * channels) * sizeof(float));
    return;
  }
  for (std::int64_t i = 0; i < pixels; ++i) {
    for (std::int64_t c = 0; c < channels; c += kLanes) {
      const int lanes = channels - c < kLanes ? static_cast<int>(channels - c) : kLanes;
      store_first(dx + i * channels + c, load_first(p.bias + c, lanes), lanes);
    }
  }
}

/// Adds one panel of one run of taps to all pixels under it.
void spread_panel(const Conv2dParams& p, ConvTile in, ConvTarget out, std::int64_t row,
                  int vectors) {
  const ConvShape& s = p.shape;
  const std::int64_t tallest = max_conv_rows(vectors);
  const std::int64_t pixels = s.pixels(), tiles = (pixels + tallest - 1) / tallest;
  std::int64_t from[kMaxConvRows], to[kMaxConvRows];
  std::int64_t h = 0, w = 0, at = 0;
  in.rows = from;
  out.rows = to;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const int height = static_cast<int>((pixels + i) / tiles);
    for (int k = 0; k < height; ++k) {
      from[k] = at;
      to[k] = h * s.stride_h * row + w * s.stride_w * s.channels;
      at += s.filters;
      if (++w == s.out_width) w = 0, ++h;
    }
    conv_tile(height, vectors, in, out);
  }
}

/// dx of one image, with its border: every run of taps, panel by panel.
void spread(const Conv2dParams& p, const float* dz, const float* packed, float* dx,
            std::int64_t row) {
  const ConvShape& s = p.shape;
  const Runs runs(s, true);
  const Panels panels(runs.length);
  for (std::int64_t run = 0; run < s.groups * runs.rows * runs.columns; ++run) {
    const std::int64_t g = run / (runs.rows * runs.columns);
    const std::int64_t r = run / runs.columns % runs.rows, c = run % runs.columns;
    float* target = dx + r * s.dilation_h * row + c * s.dilation_w * s.channels +
                    g * s.group_channels();
    for (std::int64_t i = 0; i < panels.count; ++i) {
      const Panel panel = panels[i];
      const ConvTile in{dz + g * s.group_filters(),
                        nullptr,
                        packed + run * run_size(s, runs) + panel.column * s.group_filters(),
                        {1, 1, s.group_filters()},
                        {0, 0, 1},
                        {0, 0, panel.vectors * kLanes}};
      const ConvTarget out{target + panel.column, nullptr, panel.columns, nullptr, true, false};
      spread_panel(p, in, out, row, panel.vectors);
    }
  }
}

void spread_image(const Conv2dParams& p, std::int64_t n, const float* dz, const float* packed,
                  float* buffer) {
  const ConvShape& s = p.shape;
  float* dx = p.dx.out() + n * p.dx.stride[0];
  if (p.dx_direct) {
    clear_pixels(p, dx, s.height * s.width);
    return spread(p, dz, packed, dx, s.width * s.channels);
  }
  const std::int64_t row = p.buffer_w * s.channels, count = s.width * s.channels;
  clear_pixels(p, buffer, p.buffer_h * p.buffer_w);
  spread(p, dz, packed, buffer, row);
  for (std::int64_t h = 0; h < s.height; ++h) {
    std::memcpy(dx + h * count, buffer + (h + s.pad_top) * row + s.pad_left * s.channels,
                static_cast<std::size_t>(count) * sizeof(float));
  }
}

// --------------------------------------------------------------------------------------- phases

void work_through_piece(const Conv2dParams& p, Range images, const float* packed,
                        const Buffers& buffers, float* partial) {
  if (p.partial > 0)
    std::memset(partial, 0, static_cast<std::size_t>(p.partial) * sizeof(float));
  for (std::int64_t n = images.begin; n < images.end; n += p.group_images) {
    const Range part{n, n + p.group_images < images.end ? n + p.group_images : images.end};
    const Group group = load_group(p, part, buffers, bias_sums(p, partial));
    if (p.dx.data != nullptr) {
      for (std::int64_t k = 0; k < group.count; ++k)
        spread_image(p, n + k, group.dz + k * group.dz_image, packed, buffers.dx);
    }
    if (p.dweight.data != nullptr) weigh(p, group, partial);
  }
}

void work_through(const Conv2dParams& p, const Team& team, float* scratch) {
  const int size = team.size < p.slots ? team.size : static_cast<int>(p.slots);
  if (team.rank >= size) return;
  float* partials = scratch + p.packed;
  const Buffers buffers(p, partials + p.pieces * p.partial + team.rank * p.buffer);
  const Range mine = Team{team.rank, size}.share(p.pieces);
  for (std::int64_t piece = mine.begin; piece < mine.end; ++piece) {
    const Team slice{static_cast<int>(piece), static_cast<int>(p.pieces)};
    work_through_piece(p, slice.share(p.shape.images), scratch, buffers,
                       partials + piece * p.partial);
  }
}

Vec sum_at(const Conv2dParams& p, const float* partial) {
  Vec sum = load(partial);
  for (std::int64_t i = 1; i < p.pieces; ++i) sum += load(partial + i * p.partial);
  return sum;
}

void sum_weights(const Conv2dParams& p, const Team& team, const float* partial) {
  const ConvShape& s = p.shape;
  const std::int64_t* stride = p.dweight.stride;
  const std::int64_t channels = s.group_channels(), filters = s.group_filters();
  const Range mine = team.share(channels);
  for (std::int64_t unit = 0; unit < s.groups * (mine.end - mine.begin); ++unit) {
    const std::int64_t g = unit / (mine.end - mine.begin);
    const std::int64_t c = mine.begin + unit % (mine.end - mine.begin);
    for (std::int64_t tap = 0; tap < s.kernel_h * s.kernel_w; ++tap) {
      const float* from =
          partial + (g * s.depth() + tap * channels + c) * conv_columns(s);
      float* to = p.dweight.out() + g * filters * stride[0] + c * stride[1] +
                  tap / s.kernel_w * stride[2] + tap % s.kernel_w * stride[3];
      for (std::int64_t o = 0; o < filters; o += kLanes) {
        const int lanes = filters - o < kLanes ? static_cast<int>(filters - o) : kLanes;
        scatter_first(to + o * stride[0], stride[0], sum_at(p, from + o), lanes);
      }
    }
  }
}

void sum_biases(const Conv2dParams& p, const Team& team, float* partial) {
  const std::int64_t filters = p.shape.filters;
  const Range mine = team.share(filters, kLanes);
  for (std::int64_t o = mine.begin; o < mine.end; o += kLanes) {
    const int lanes = mine.end - o < kLanes ? static_cast<int>(mine.end - o) : kLanes;
    store_first(p.dbias + o, sum_at(p, bias_sums(p, partial) + o), lanes);
  }
}

}  // namespace

void conv2d_backward(const Conv2dParams& p, const Team& team) {
  float* scratch = reinterpret_cast<float*>(team.scratch);
  if (team.phase == 0) {
    if (p.dx.data != nullptr) pack_input(p, Runs(p.shape, true), team, scratch);
  } else if (team.phase == 1) {
    work_through(p, team, scratch);
  } else {
    if (p.dweight.data != nullptr) sum_weights(p, team, scratch + p.packed);
    if (p.dbias != nullptr) sum_biases(p, team, scratch + p.packed);
  }
}

}  // namespace carom::cpu::CAROM_ISA
