// Weights of a convolution packed for the micro-kernel, and what both directions share.
#pragma once

#include "cpu/conv/micro.h"
#include "ops/conv2d.h"

namespace carom::cpu::CAROM_ISA {

/// The taps of a filter, cut into runs of floats that lie side by side in a channels-last image: a
/// whole row of the filter, or one tap where columns are dilated or channels grouped.
struct Runs {
  std::int64_t taps;    // taps in a run
  std::int64_t length;  // floats in a run
  std::int64_t rows, columns;

  CAROM_INLINE Runs(const ConvShape& s, bool dense_columns) {
    const bool whole_rows = dense_columns && s.dilation_w == 1 && s.groups == 1;
    taps = whole_rows ? s.kernel_w : 1;
    length = taps * s.group_channels();
    rows = s.kernel_h;
    columns = whole_rows ? 1 : s.kernel_w;
  }
};

/// Weights for the forward direction: [group][panel of filters][tap][channel][panel width].
/// Packs the share of a rank.
void pack_forward(const Conv2dParams& p, const Team& team, float* target);

/// Weights for the gradient of x: [group][run][panel of tap and channel][filter][panel width], the
/// panels of a run beginning at multiples of run_size.
void pack_input(const Conv2dParams& p, const Runs& runs, const Team& team, float* target);

CAROM_INLINE std::int64_t run_size(const ConvShape& s, const Runs& runs) {
  return (runs.length + kLanes - 1) / kLanes * kLanes * s.group_filters();
}

}  // namespace carom::cpu::CAROM_ISA
