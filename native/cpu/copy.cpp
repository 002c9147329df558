#include "ops/copy.h"

#include "cpu/elementwise.h"
#include "cpu/transpose.h"
#include "ops/convert.h"

namespace carom::cpu::CAROM_ISA {
namespace {

template <class To, class From>
void copy_as(const CopyParams& p, const Team& team) {
  map1<To, From, Convert<To, From>>(p.layout, team);
}

template <class From>
void copy_from(const CopyParams& p, const Team& team) {
  switch (p.to) {
    case DType::float32: return copy_as<float, From>(p, team);
    case DType::float64: return copy_as<double, From>(p, team);
    case DType::int32: return copy_as<std::int32_t, From>(p, team);
    case DType::uint8: return copy_as<std::uint8_t, From>(p, team);
    case DType::boolean: return copy_as<Bool, From>(p, team);
  }
}

// -------------------------------------------------------------------------------------- turned

/// out[row * out_row + column] = in[column * in_column + row]: neighbours in `in` lie along the
/// rows of out. Blocks are as wide as a cache line of out and stay in registers.
template <class T>
struct Turn {
  const T* in;
  T* out;
  std::int64_t in_column, out_row;
};

constexpr std::int64_t kSide = 16;

CAROM_INLINE std::int64_t least(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

template <class T>
CAROM_INLINE void turn_elements(const Turn<T>& t, Range rows, Range columns) {
  for (std::int64_t row = rows.begin; row < rows.end; ++row) {
    for (std::int64_t column = columns.begin; column < columns.end; ++column) {
      t.out[row * t.out_row + column] = t.in[column * t.in_column + row];
    }
  }
}

template <class T>
CAROM_INLINE void turn_block(const Turn<T>& t, Range rows, Range columns) {
  turn_elements(t, rows, columns);
}

/// Four bytes: whole vectors are transposed.
CAROM_INLINE void turn_block(const Turn<float>& t, Range rows, Range columns) {
  std::int64_t row = rows.begin;
  for (; row + kLanes <= rows.end; row += kLanes) {
    std::int64_t column = columns.begin;
    for (; column + kLanes <= columns.end; column += kLanes) {
      Vec block[kLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) block[i] = load(t.in + (column + i) * t.in_column + row);
      transpose(block);
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) store(t.out + (row + i) * t.out_row + column, block[i]);
    }
    turn_elements(t, {row, row + kLanes}, {column, columns.end});
  }
  turn_elements(t, {row, rows.end}, columns);
}

/// Tiles small enough for the first-level cache and few pages.
template <class T>
void turn_rows(const Turn<T>& t, Range rows, std::int64_t columns) {
  constexpr std::int64_t kTile = 128;
  for (std::int64_t column = 0; column < columns; column += kTile) {
    const std::int64_t tile = least(column + kTile, columns);
    for (std::int64_t row = rows.begin; row < rows.end; row += kSide) {
      const Range strip{row, least(row + kSide, rows.end)};
      for (std::int64_t at = column; at < tile; at += kSide) {
        turn_block(t, strip, {at, least(at + kSide, tile)});
      }
    }
  }
}

/// Ranks share the matrices that the turned and the last dimension span, and blocks of their rows.
template <class T>
void copy_turned(const CopyParams& p, const Team& team) {
  constexpr std::int64_t kRows = 4 * kSide;
  const ElementwiseLayout<2>& layout = p.layout;
  const int last = layout.rank - 1;
  const std::int64_t rows = layout.shape[p.turned], columns = layout.shape[last];
  const std::int64_t blocks = (rows + kRows - 1) / kRows;
  const Range mine = team.share(layout.size / (rows * columns) * blocks);
  for (std::int64_t task = mine.begin; task < mine.end; ++task) {
    Turn<T> t{reinterpret_cast<const T*>(layout.data[1]), reinterpret_cast<T*>(layout.data[0]),
              layout.strides[1][last], layout.strides[0][p.turned]};
    std::int64_t rest = task / blocks;
    for (int d = last - 1; d >= 0; --d) {
      if (d == p.turned) continue;
      const std::int64_t i = rest % layout.shape[d];
      rest /= layout.shape[d];
      t.in += i * layout.strides[1][d];
      t.out += i * layout.strides[0][d];
    }
    const std::int64_t first = task % blocks * kRows;
    turn_rows(t, {first, least(first + kRows, rows)}, columns);
  }
}

}  // namespace

void copy(const CopyParams& p, const Team& team) {
  if (p.turned >= 0 && p.layout.size > 0) {
    switch (p.from) {
      case DType::float32:
      case DType::int32: return copy_turned<float>(p, team);
      case DType::float64: return copy_turned<double>(p, team);
      case DType::uint8:
      case DType::boolean: return copy_turned<std::uint8_t>(p, team);
    }
  }
  switch (p.from) {
    case DType::float32: return copy_from<float>(p, team);
    case DType::float64: return copy_from<double>(p, team);
    case DType::int32: return copy_from<std::int32_t>(p, team);
    case DType::uint8: return copy_from<std::uint8_t>(p, team);
    case DType::boolean: return copy_from<Bool>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
