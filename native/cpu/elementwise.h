// Loops over an ElementwiseLayout: splits it between ranks and calls a body for each run of the
// innermost dimension.
#pragma once

#include "cpu/isa.h"
#include "ops/elementwise_layout.h"

namespace carom::cpu::CAROM_ISA {

/// Calls body(count, pointers, strides) for runs that together cover this rank's share. `item` is the size
/// of an element of each operand.
template <int N, class Body>
CAROM_INLINE void for_each_run(const ElementwiseLayout<N>& layout, const std::size_t (&item)[N],
                               const Team& team, Body body) {
  const Range range = team.share(layout.size, 64);
  if (range.begin >= range.end) return;
  const int last = layout.rank - 1;
  const std::int64_t inner = layout.shape[last];
  std::int64_t index[kMaxRank];
  std::int64_t rest = range.begin;
  for (int d = last; d >= 0; --d) {
    index[d] = rest % layout.shape[d];
    rest /= layout.shape[d];
  }
  std::int64_t strides[N];
  for (int i = 0; i < N; ++i) strides[i] = layout.strides[i][last];
  for (std::int64_t at = range.begin; at < range.end;) {
    std::byte* pointers[N];
    for (int i = 0; i < N; ++i) {
      std::int64_t offset = 0;
      for (int d = 0; d <= last; ++d) offset += index[d] * layout.strides[i][d];
      pointers[i] = layout.data[i] + offset * static_cast<std::int64_t>(item[i]);
    }
    const std::int64_t left = inner - index[last];
    const std::int64_t count = left < range.end - at ? left : range.end - at;
    body(count, pointers, strides);
    at += count;
    index[last] = 0;
    for (int d = last - 1; d >= 0; --d) {
      if (++index[d] < layout.shape[d]) break;
      index[d] = 0;
    }
  }
}

/// out[i] = f(in[i]), with a loop of its own for dense operands so that it becomes vector code.
template <class Out, class In, class F>
void map1(const ElementwiseLayout<2>& layout, const Team& team, F f) {
  for_each_run(layout, {sizeof(Out), sizeof(In)}, team, [&](std::int64_t n, std::byte** at, std::int64_t* s) {
    Out* out = reinterpret_cast<Out*>(at[0]);
    const In* in = reinterpret_cast<const In*>(at[1]);
    if (s[0] == 1 && s[1] == 1) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) out[i] = f(in[i]);
    } else {
      for (std::int64_t i = 0; i < n; ++i) out[i * s[0]] = f(in[i * s[1]]);
    }
  });
}

/// out[i] = f(a[i], b[i]).
template <class Out, class In, class F>
void map2(const ElementwiseLayout<3>& layout, const Team& team, F f) {
  for_each_run(layout, {sizeof(Out), sizeof(In), sizeof(In)}, team,
               [&](std::int64_t n, std::byte** at, std::int64_t* s) {
    Out* out = reinterpret_cast<Out*>(at[0]);
    const In* a = reinterpret_cast<const In*>(at[1]);
    const In* b = reinterpret_cast<const In*>(at[2]);
    if (s[0] == 1 && s[1] == 1 && s[2] == 1) {
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], b[i]);
    } else if (s[0] == 1 && s[1] == 1 && s[2] == 0) {
      const In only = *b;
#pragma GCC ivdep
      for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], only);
    } else {
      for (std::int64_t i = 0; i < n; ++i) out[i * s[0]] = f(a[i * s[1]], b[i * s[2]]);
    }
  });
}

}  // namespace carom::cpu::CAROM_ISA
