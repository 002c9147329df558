#include "ops/cumsum.h"

#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

/// Columns whose sums run side by side.
constexpr std::int64_t kStretch = 256;

/// One row without neighbours. Eight elements at a time: their sums among themselves do not wait for
/// the running total, which then moves on by one addition.
template <class T, class Total>
void along_row(const T* in, T* out, std::int64_t n, std::int64_t step) {
  Total total = 0;
  std::int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    Total s[8];
    for (int k = 0; k < 8; ++k) s[k] = static_cast<Total>(in[(i + k) * step]);
    for (int k = 7; k >= 1; --k) s[k] += s[k - 1];
    for (int k = 7; k >= 2; --k) s[k] += s[k - 2];
    for (int k = 7; k >= 4; --k) s[k] += s[k - 4];
    for (int k = 0; k < 8; ++k) out[(i + k) * step] = static_cast<T>(total + s[k]);
    total += s[7];
  }
  for (; i < n; ++i) {
    total += static_cast<Total>(in[i * step]);
    out[i * step] = static_cast<T>(total);
  }
}

template <class T, class Total>
void down_columns(const CumsumParams& p, const Team& team) {
  const T* in = reinterpret_cast<const T*>(p.in);
  T* out = reinterpret_cast<T*>(p.out);
  const std::int64_t step = p.reverse ? -p.inner : p.inner;
  const Range mine = team.share(p.outer * p.inner, 16);
  for (std::int64_t at = mine.begin; at < mine.end;) {
    const std::int64_t column = at % p.inner;
    std::int64_t n = p.inner - column < kStretch ? p.inner - column : kStretch;
    n = n < mine.end - at ? n : mine.end - at;
    std::int64_t offset = at / p.inner * p.length * p.inner + column;
    if (p.reverse) offset += (p.length - 1) * p.inner;
    Total total[kStretch];
    for (std::int64_t j = 0; j < n; ++j) total[j] = 0;
    for (std::int64_t i = 0; i < p.length; ++i, offset += step) {
#pragma GCC ivdep
      for (std::int64_t j = 0; j < n; ++j) {
        total[j] += static_cast<Total>(in[offset + j]);
        out[offset + j] = static_cast<T>(total[j]);
      }
    }
    at += n;
  }
}

template <class T, class Total>
void cumsum_as(const CumsumParams& p, const Team& team) {
  if (p.length == 0) return;
  if (p.inner > 1) return down_columns<T, Total>(p, team);
  const std::int64_t first = p.reverse ? p.length - 1 : 0;
  const Range mine = team.share(p.outer);
  for (std::int64_t row = mine.begin; row < mine.end; ++row) {
    const T* in = reinterpret_cast<const T*>(p.in) + row * p.length + first;
    T* out = reinterpret_cast<T*>(p.out) + row * p.length + first;
    if (p.reverse) along_row<T, Total>(in, out, p.length, -1);
    else along_row<T, Total>(in, out, p.length, 1);
  }
}

}  // namespace

void cumsum(const CumsumParams& p, const Team& team) {
  switch (p.dtype) {
    case DType::float32: return cumsum_as<float, double>(p, team);
    case DType::float64: return cumsum_as<double, double>(p, team);
    default: return cumsum_as<std::int32_t, std::uint32_t>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
