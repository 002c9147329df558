#include "cuda/conv_gather.h"
#include "cuda/libraries/convolutions.h"
#include "ops/conv2d.h"

namespace carom::cuda {

void conv2d(const Conv2dParams& p, Launch& launch) {
  if (library_convolve(launch, p)) return;
  const ConvShape& s = p.shape;
  GatherParams g{};
  g.shape = s;
  g.source = p.x;
  g.target = p.y;
  g.source_channels = s.group_channels();
  g.target_channels = s.group_filters();
  g.source_h = s.height;
  g.source_w = s.width;
  g.target_h = s.out_height;
  g.target_w = s.out_width;
  g.bias = p.bias;
  g.activation = p.activation;
  g.scale = p.scale;
  auto* packed = reinterpret_cast<float*>(
      launch.workspace(static_cast<std::size_t>(weight_count(s) + 1) * sizeof(float)));
  if (p.x.dtype == DType::uint8) gather<std::uint8_t>(g, p.weight, packed, launch);
  else gather<float>(g, p.weight, packed, launch);
}

}  // namespace carom::cuda
