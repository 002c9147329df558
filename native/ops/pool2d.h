// Pooling: the greatest element or the mean of windows that slide over [N, C, H, W]. What lies
// outside of the image never is the greatest, and counts 0 in a mean.
//
//   maxPool2d          inputs: x           outputs: y, index int32 (the place h * W + w of the
//                                          greatest element, the first of equals, NaN above all)
//   maxPool2dBackward  inputs: dy, index   outputs: dx
//   maxPool2dPick      inputs: x, index    outputs: y, x at these places
//   avgPool2d          inputs: x           outputs: y
//   avgPool2dBackward  inputs: dy          outputs: dx
//
// Parameters: [kernelH, kernelW, strideH, strideW, padTop, padLeft, dilationH, dilationW], and for
// the means whether the border counts in the number of elements. Inputs may have any strides;
// outputs are channels-last without gaps inside an image.
#pragma once

#include "ops/conv2d.h"

namespace carom {

struct Pool2dParams {
  std::int64_t images, channels, height, width, out_height, out_width;
  std::int64_t kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;
  Strided4 x, y, index;  // of the side of x (or dx), of y (or dy), and the places
  bool count_border;
};

Pool2dParams make_max_pool2d(const Call& call, Plan& plan);
Pool2dParams make_max_pool2d_backward(const Call& call, Plan& plan);
Pool2dParams make_max_pool2d_pick(const Call& call, Plan& plan);
Pool2dParams make_avg_pool2d(const Call& call, Plan& plan);
Pool2dParams make_avg_pool2d_backward(const Call& call, Plan& plan);

CAROM_KERNEL(max_pool2d, Pool2dParams)
CAROM_KERNEL(max_pool2d_backward, Pool2dParams)
CAROM_KERNEL(max_pool2d_pick, Pool2dParams)
CAROM_KERNEL(avg_pool2d, Pool2dParams)
CAROM_KERNEL(avg_pool2d_backward, Pool2dParams)

}  // namespace carom
