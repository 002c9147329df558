// Loops over an ElementwiseLayout: the nest is split between ranks and walked once
// (elementwise.cpp); what an op does to a run of the innermost dimension is a plain function.
#pragma once

#include "cpu/isa.h"
#include "ops/elementwise_layout.h"

namespace carom::cpu::CAROM_ISA {

/// One run: `count` elements, for each operand where it begins and its stride in elements.
struct Run {
  std::int64_t count;
  std::byte* at[4];
  const std::int64_t* strides;

  template <class T>
  CAROM_INLINE T* as(int operand) const {
    return reinterpret_cast<T*>(at[operand]);
  }
};

using RunFunction = void (*)(const Run& run, const void* context);

/// A layout of any number of operands.
struct LayoutView {
  int operands;
  int rank;
  std::int64_t size;
  std::byte* const* data;
  const std::int64_t* shape;
  const std::int64_t (*strides)[kMaxRank];
};

/// Calls `function` for runs that together cover this rank's share. `item`: bytes of an element of
/// each operand.
void walk(const LayoutView& layout, const std::int64_t* item, const Team& team,
          RunFunction function, const void* context);

template <int N>
CAROM_INLINE void for_each_run(const ElementwiseLayout<N>& layout, const std::int64_t (&item)[N],
                               const Team& team, RunFunction function,
                               const void* context = nullptr) {
  walk({N, layout.rank, layout.size, layout.data, layout.shape, layout.strides}, item, team,
       function, context);
}

/// out[i] = F(in[i]), with a loop of its own for dense operands so that it becomes vector code.
template <class Out, class In, class F>
void run1(const Run& run, const void*) {
  const F f;
  Out* out = run.as<Out>(0);
  const In* in = run.as<const In>(1);
  const std::int64_t n = run.count, s0 = run.strides[0], s1 = run.strides[1];
  if (s0 == 1 && s1 == 1) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(in[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i * s0] = f(in[i * s1]);
  }
}

template <class Out, class In, class F>
CAROM_INLINE void map1(const ElementwiseLayout<2>& layout, const Team& team) {
  for_each_run(layout, {sizeof(Out), sizeof(In)}, team, run1<Out, In, F>);
}

/// out[i] = F(a[i], b[i]); b may also be one value for the whole run.
template <class Out, class In, class F>
void run2(const Run& run, const void*) {
  const F f;
  Out* out = run.as<Out>(0);
  const In* a = run.as<const In>(1);
  const In* b = run.as<const In>(2);
  const std::int64_t n = run.count, s0 = run.strides[0], s1 = run.strides[1], s2 = run.strides[2];
  if (s0 == 1 && s1 == 1 && s2 == 1) {
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], b[i]);
  } else if (s0 == 1 && s1 == 1 && s2 == 0) {
    const In only = *b;
#pragma GCC ivdep
    for (std::int64_t i = 0; i < n; ++i) out[i] = f(a[i], only);
  } else {
    for (std::int64_t i = 0; i < n; ++i) out[i * s0] = f(a[i * s1], b[i * s2]);
  }
}

template <class Out, class In, class F>
CAROM_INLINE void map2(const ElementwiseLayout<3>& layout, const Team& team) {
  for_each_run(layout, {sizeof(Out), sizeof(In), sizeof(In)}, team, run2<Out, In, F>);
}

}  // namespace carom::cpu::CAROM_ISA
