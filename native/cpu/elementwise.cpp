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
  std::byte* row[4];  // where the innermost dimension begins
  for (int i = 0; i < layout.operands; ++i) {
    strides[i] = layout.strides[i][last];
    std::int64_t offset = 0;
    for (int d = 0; d < last; ++d) offset += index[d] * layout.strides[i][d];
    row[i] = layout.data[i] + offset * item[i];
  }
  Run run{0, {}, strides};
  std::int64_t first = index[last];
  for (std::int64_t at = range.begin;;) {
    for (int i = 0; i < layout.operands; ++i) run.at[i] = row[i] + first * strides[i] * item[i];
    const std::int64_t left = layout.shape[last] - first;
    run.count = left < range.end - at ? left : range.end - at;
    function(run, context);
    at += run.count;
    if (at >= range.end) return;
    first = 0;
    for (int d = last - 1; d >= 0; --d) {
      const bool wraps = ++index[d] == layout.shape[d];
      const std::int64_t steps = wraps ? 1 - layout.shape[d] : 1;
      for (int i = 0; i < layout.operands; ++i) row[i] += steps * layout.strides[i][d] * item[i];
      if (!wraps) break;
      index[d] = 0;
    }
  }
}

}  // namespace carom::cpu::CAROM_ISA
