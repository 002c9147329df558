#include "cpu/conv/filters.h"

namespace carom::cpu::CAROM_ISA {

void pack_forward(const Conv2dParams& p, const Team& team, float* target) {
  const ConvShape& s = p.shape;
  const std::int64_t channels = s.group_channels(), filters = s.group_filters();
  const std::int64_t* stride = p.weight.stride;
  const Panels panels(filters);
  const Range mine = team.share(s.kernel_h * s.kernel_w);
  for (std::int64_t g = 0; g < s.groups; ++g) {
    for (std::int64_t i = 0; i < panels.count; ++i) {
      const Panel panel = panels[i];
      const std::int64_t width = panel.vectors * kLanes;
      float* to = target + (g * panels.vectors() * kLanes + panel.column) * s.depth();
      const float* from = p.weight.floats() + (g * filters + panel.column) * stride[0];
      for (std::int64_t tap = mine.begin; tap < mine.end; ++tap) {
        const float* at = from + tap / s.kernel_w * stride[2] + tap % s.kernel_w * stride[3];
        for (std::int64_t c = 0; c < channels; ++c) {
          float* row = to + (tap * channels + c) * width;
          for (std::int64_t v = 0; v < width; v += kLanes) {
            const std::int64_t left = panel.columns - v;
            const int lanes = left < kLanes ? static_cast<int>(left) : kLanes;
            store(row + v, gather_first(at + c * stride[1] + v * stride[0], stride[0], lanes));
          }
        }
      }
    }
  }
}

namespace {

/// One panel: columns count taps and channels of the run whose first tap is at `from`.
void pack_input_panel(const Conv2dParams& p, const float* from, const Panel& panel, float* to) {
  const ConvShape& s = p.shape;
  const std::int64_t channels = s.group_channels();
  const std::int64_t* stride = p.weight.stride;
  const std::int64_t width = panel.vectors * kLanes;
  for (std::int64_t o = 0; o < s.group_filters(); ++o) {
    float* row = to + o * width;
    std::int64_t tap = panel.column / channels, c = panel.column % channels;
    std::int64_t done = 0;
    while (done < panel.columns) {
      const float* at = from + o * stride[0] + tap * stride[3] + c * stride[1];
      std::int64_t count = channels - c;
      if (count > panel.columns - done) count = panel.columns - done;
      for (std::int64_t k = 0; k < count; k += kLanes) {
        const int lanes = count - k < kLanes ? static_cast<int>(count - k) : kLanes;
        store_first(row + done + k, gather_first(at + k * stride[1], stride[1], lanes), lanes);
      }
      done += count, c = 0, ++tap;
    }
    for (; done < width; ++done) row[done] = 0;
  }
}

}  // namespace

void pack_input(const Conv2dParams& p, const Runs& runs, const Team& team, float* target) {
  const ConvShape& s = p.shape;
  const Panels panels(runs.length);
  const std::int64_t per_group = runs.rows * runs.columns;
  const std::int64_t* stride = p.weight.stride;
  const Range mine = team.share(s.groups * per_group);
  for (std::int64_t run = mine.begin; run < mine.end; ++run) {
    const std::int64_t g = run / per_group, r = run % per_group / runs.columns;
    const std::int64_t c = run % runs.columns;
    const float* from = p.weight.floats() + g * s.group_filters() * stride[0] + r * stride[2] +
                        c * stride[3];
    float* to = target + run * run_size(s, runs);
    for (std::int64_t i = 0; i < panels.count; ++i)
      pack_input_panel(p, from, panels[i], to + panels[i].column * s.group_filters());
  }
}

}  // namespace carom::cpu::CAROM_ISA
