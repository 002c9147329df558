#include "cpu/elementwise.h"

namespace carom::cpu::CAROM_ISA {

void walk(const LayoutView& layout, const std::int64_t* item, const Team& team,
          RunFunction function, const void* context) {
  const Range range = team.share(layout.size, 64);
  if (range.begin >= range.end) return;
  const int last = layout.rank - 1;
  std::int64_t index[kMaxRank];
  std::int64_t rest = range.begin;
  for (int d = last; d >= 0; --d) {
    index[d] = rest % layout.shape[d];
    rest /= layout.shape[d];
  }
  std::int64_t strides[4];
  for (int i = 0; i < layout.operands; ++i) strides[i] = layout.strides[i][last];
  Run run{0, {}, strides};
  for (std::int64_t at = range.begin; at < range.end; at += run.count) {
    for (int i = 0; i < layout.operands; ++i) {
      std::int64_t offset = 0;
      for (int d = 0; d <= last; ++d) offset += index[d] * layout.strides[i][d];
      run.at[i] = layout.data[i] + offset * item[i];
    }
    const std::int64_t left = layout.shape[last] - index[last];
    run.count = left < range.end - at ? left : range.end - at;
    function(run, context);
    index[last] = 0;
    for (int d = last - 1; d >= 0; --d) {
      if (++index[d] < layout.shape[d]) break;
      index[d] = 0;
    }
  }
}

}  // namespace carom::cpu::CAROM_ISA
