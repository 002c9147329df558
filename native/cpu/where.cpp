#include "ops/where.h"

#include "cpu/elementwise.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Dense results and conditions; a and b are dense too (1) or one value each (0).
template <class T, int kA, int kB>
CAROM_INLINE void pick_dense(T* out, const std::uint8_t* cond, const T* a, const T* b,
                             std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T yes = a[i * kA], no = b[i * kB];
    out[i] = cond[i] != 0 ? yes : no;
  }
}

/// T is an unsigned integer of the element's size: only bits move.
template <class T>
void where_run(const Run& run, const void*) {
  T* out = run.as<T>(0);
  const auto* cond = run.as<const std::uint8_t>(1);
  const T* a = run.as<const T>(2);
  const T* b = run.as<const T>(3);
  const std::int64_t* s = run.strides;
  if (s[0] == 1 && s[1] == 1) {
    if (s[2] == 1 && s[3] == 1) return pick_dense<T, 1, 1>(out, cond, a, b, run.count);
    if (s[2] == 1 && s[3] == 0) return pick_dense<T, 1, 0>(out, cond, a, b, run.count);
    if (s[2] == 0 && s[3] == 1) return pick_dense<T, 0, 1>(out, cond, a, b, run.count);
    if (s[2] == 0 && s[3] == 0) return pick_dense<T, 0, 0>(out, cond, a, b, run.count);
  }
  for (std::int64_t i = 0; i < run.count; ++i) {
    const T yes = a[i * s[2]];
    const T no = b[i * s[3]];
    out[i * s[0]] = cond[i * s[1]] != 0 ? yes : no;
  }
}

template <class T>
void where_as(const WhereParams& p, const Team& team) {
  for_each_run(p.layout, {sizeof(T), 1, sizeof(T), sizeof(T)}, team, where_run<T>);
}

}  // namespace

void where(const WhereParams& p, const Team& team) {
  switch (dtype_size(p.dtype)) {
    case 8: return where_as<std::uint64_t>(p, team);
    case 4: return where_as<std::uint32_t>(p, team);
    default: return where_as<std::uint8_t>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
