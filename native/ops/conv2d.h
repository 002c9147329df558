// conv2d and its gradients. Logical order is [N, C, H, W]; activations are expected channels-last
// in memory, and what is not (or is bytes, or needs a border of zeros) is loaded image by image
// into a buffer that is.
//
//   conv2d           inputs: x, weight [O, C/groups, kh, kw], bias? [O]     outputs: y
//   convTranspose2d  inputs: x [N, O, P, Q], weight, bias? [C]              outputs: y [N, C, H, W]
//   conv2dWeight     inputs: x, dz [N, O, P, Q]                             outputs: dweight
//   conv2dBackward   inputs: x, weight, y, dy                 outputs: dx?, dweight?, dbias?
//
// Parameters of all: [strideH, strideW, padTop, padLeft, dilationH, dilationW, groups]; then
// conv2d [activation, scale], conv2dWeight [scale], conv2dBackward [activation, scale, and whether
// dx, dweight and dbias are wanted]. x may be uint8, each element then counts `scale` times.
// Outputs with four dimensions, and y as an input, are channels-last without gaps inside an image;
// dweight is dense. Everything else may have any strides.
//
// Results do not depend on the number of threads: weight gradients are summed over pieces of the
// batch that depend on the batch alone.
#pragma once

#include "ops/call.h"
#include "ops/gemm.h"
#include "ops/kernel.h"

namespace carom {

/// Where a tensor of four dimensions lies.
struct Strided4 {
  std::byte* data;
  DType dtype;
  std::int64_t stride[4];

  CAROM_INLINE const float* floats() const { return reinterpret_cast<const float*>(data); }
  CAROM_INLINE float* out() const { return reinterpret_cast<float*>(data); }
};

/// Sizes of a convolution, named from the side of conv2d: x [N, C, H, W] to y [N, O, P, Q].
struct ConvShape {
  std::int64_t images, channels, height, width;
  std::int64_t filters, out_height, out_width;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;
  std::int64_t groups;

  CAROM_INLINE std::int64_t group_channels() const { return channels / groups; }
  CAROM_INLINE std::int64_t group_filters() const { return filters / groups; }
  CAROM_INLINE std::int64_t depth() const { return kernel_h * kernel_w * group_channels(); }
  CAROM_INLINE std::int64_t pixels() const { return out_height * out_width; }
  /// Rows and columns of an image with its border, as far as a filter reaches.
  CAROM_INLINE std::int64_t reach_h(std::int64_t rows) const {
    return (rows - 1) * stride_h + (kernel_h - 1) * dilation_h + 1;
  }
  CAROM_INLINE std::int64_t reach_w() const {
    return (out_width - 1) * stride_w + (kernel_w - 1) * dilation_w + 1;
  }
};

struct Conv2dParams {
  ConvShape shape;
  Strided4 x, weight, y, dy;
  Strided4 dx, dweight;  // data null: not wanted
  const float* bias;     // null: none
  float* dbias;          // null: not wanted
  Activation activation;
  float scale;

  // The plan: work is cut into units (bands of rows of an image, or pieces of the batch), shared
  // out over at most `slots` ranks, each of which has a buffer.
  std::int64_t slots;
  std::int64_t band_rows, bands;       // forward: rows of y in a band, bands of an image
  std::int64_t pieces, group_images;   // backward: images worked on together in a piece
  std::int64_t buffer_h, buffer_w;     // rows and columns of the x (or dx) buffer
  bool x_direct, dx_direct, dz_direct;  // used where they lie, without a buffer
  std::int64_t packed;                 // floats of packed weights, at the beginning of scratch
  std::int64_t partial;                // floats of one piece's dweight and dbias
  std::int64_t buffer;                 // floats of one slot's buffers
};

/// Columns of packed weights and of partial sums are padded to whole vectors.
CAROM_INLINE std::int64_t conv_columns(const ConvShape& s) {
  return padded_columns(s.group_filters());
}

Conv2dParams make_conv2d(const Call& call, Plan& plan);
Conv2dParams make_conv_transpose2d(const Call& call, Plan& plan);
Conv2dParams make_conv2d_weight(const Call& call, Plan& plan);
Conv2dParams make_conv2d_backward(const Call& call, Plan& plan);

CAROM_KERNEL(conv2d, Conv2dParams)
CAROM_KERNEL(conv2d_backward, Conv2dParams)

}  // namespace carom
