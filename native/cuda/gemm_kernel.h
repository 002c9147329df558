// How a product is computed (gemm.h): a block computes one tile of c. Slabs of kTileDepth rows of k lie
// in shared memory, two of each operand: while the threads multiply one, the next is on its way through
// their registers. A thread keeps a few groups of 4 x 4 elements of c in registers.
//
// A long K and a small c (weight gradients) are cut into pieces of K, which a second kernel adds up in
// a fixed order.
#pragma once

#include "cuda/elementwise.h"
#include "cuda/gemm.h"
#include "ops/functors.h"

namespace carom::cuda {

inline constexpr int kTileDepth = 16;
inline constexpr int kGroup = kVector;  // rows or columns that lie side by side in a thread's part

template <int rows_, int columns_, int thread_rows_, int thread_columns_>
struct Tile {
  static constexpr int rows = rows_, columns = columns_;
  static constexpr int thread_rows = thread_rows_, thread_columns = thread_columns_;
  static constexpr int threads_across = columns / thread_columns;
  static constexpr int threads_down = rows / thread_rows;
  static constexpr int threads = threads_across * threads_down;
};

/// kGroup neighbours `step` apart, of which `inside` exist (0 for the others); run: how many of them can
/// be read at once.
template <class T>
CAROM_DEVICE Pack<T> read_group(const T* from, std::int64_t step, int inside, int run) {
  struct alignas(2 * sizeof(T)) Pair {
    T at[2];
  };
  if (run == kGroup && inside >= kGroup) return *reinterpret_cast<const Pack<T>*>(from);
  if (run == 2 && inside >= kGroup) {
    const Pair first = *reinterpret_cast<const Pair*>(from);
    const Pair second = *reinterpret_cast<const Pair*>(from + 2);
    return {{first.at[0], first.at[1], second.at[0], second.at[1]}};
  }
  Pack<T> out;
  CAROM_UNROLL
  for (int i = 0; i < kGroup; ++i) out.at[i] = i < inside ? from[i * step] : T(0);
  return out;
}

/// Whether an operand is read along k; across it otherwise.
CAROM_INLINE constexpr bool is_along_k(std::int64_t wide_stride, std::int64_t deep_stride) {
  return deep_stride == 1 && wide_stride != 1;
}

/// Brings an operand's slabs [kTileDepth, width] into shared memory, one after the other along k. A
/// thread takes groups of neighbours, along k or across it; its groups are equally far apart.
template <class T, int width, int threads>
struct Loader {
  static constexpr int pitch = width + kGroup;
  static constexpr int slab_size = kTileDepth * pitch;
  static constexpr int items = width * kTileDepth / kGroup;
  static constexpr int count = items < threads ? 1 : items / threads;
  static_assert(threads % kTileDepth == 0 && threads % (width / kGroup) == 0);
  static_assert(items < threads || items % threads == 0);

  const T* source;  // this thread's first group of the next slab
  std::int64_t line_step, group_step;
  std::int64_t deep_left;  // of the operand, from that group on
  int wide_left, run, target;
  bool along_k;
  Pack<T> held[count];

  /// From group to group of a thread.
  CAROM_DEVICE int lines_apart() const { return threads * kGroup / (along_k ? kTileDepth : width); }

  /// Threads beyond the last item have nothing to do.
  CAROM_DEVICE static bool idle() { return items < threads && threadIdx.x >= items; }

  /// `first`: where the first slab begins. wide, deep: elements of the operand from there on.
  CAROM_DEVICE Loader(const T* first, std::int64_t wide_stride, std::int64_t deep_stride,
                      std::int64_t wide, std::int64_t deep, int run_)
      : run(run_), along_k(is_along_k(wide_stride, deep_stride)) {
    const int number = static_cast<int>(threadIdx.x);
    const int across = threads / lines_apart();
    const int line = number / across, place = number % across * kGroup;
    const int own_wide = along_k ? line : place, own_deep = along_k ? place : line;
    line_step = along_k ? wide_stride : deep_stride;
    group_step = along_k ? deep_stride : wide_stride;
    source = first + line * line_step + place * group_step;
    wide_left = idle() ? 0 : static_cast<int>(wide < width ? wide : width) - own_wide;
    deep_left = deep - own_deep;
    target = own_deep * pitch + own_wide;
  }

  /// Reads this thread's part of the next slab; 0 outside the operand.
  CAROM_DEVICE void fetch() {
    const int deep = static_cast<int>(deep_left < kTileDepth ? deep_left : kTileDepth);
    const int lines = along_k ? wide_left : deep, inside = along_k ? deep : wide_left;
    CAROM_UNROLL
    for (int i = 0; i < count; ++i) {
      const int line = i * lines_apart();
      held[i] = read_group(source + line * line_step, group_step, line < lines ? inside : 0, run);
    }
    source += kTileDepth * (along_k ? group_step : line_step);
    deep_left -= kTileDepth;
  }

  CAROM_DEVICE void put(T* slab) const {
    if (idle()) return;
    T* to = slab + target;
    CAROM_UNROLL
    for (int i = 0; i < count; ++i) {
      if (along_k) {
        CAROM_UNROLL
        for (int j = 0; j < kGroup; ++j) to[j * pitch + i * lines_apart()] = held[i].at[j];
      } else {
        *reinterpret_cast<Pack<T>*>(to + i * lines_apart() * pitch) = held[i];
      }
    }
  }
};

/// Copies groups of kGroup elements that are `distance` apart.
template <int count, class T>
CAROM_DEVICE void take_groups(const T* at, int distance, T (&out)[count]) {
  CAROM_UNROLL
  for (int g = 0; g < count / kGroup; ++g) {
    const Pack<T> pack = *reinterpret_cast<const Pack<T>*>(at + g * distance);
    CAROM_UNROLL
    for (int i = 0; i < kGroup; ++i) out[g * kGroup + i] = pack.at[i];
  }
}

template <class T, class Tile>
using TileSums = T[Tile::thread_rows][Tile::thread_columns];

/// Adds the product of two slabs.
template <class T, class Tile>
CAROM_DEVICE void multiply_slabs(const T* left, const T* right, TileSums<T, Tile>& sum) {
  constexpr int kLeftPitch = Tile::rows + kGroup, kRightPitch = Tile::columns + kGroup;
  CAROM_UNROLL
  for (int k = 0; k < kTileDepth; ++k) {
    T a[Tile::thread_rows], b[Tile::thread_columns];
    take_groups(left + k * kLeftPitch, Tile::threads_down * kGroup, a);
    take_groups(right + k * kRightPitch, Tile::threads_across * kGroup, b);
    CAROM_UNROLL
    for (int i = 0; i < Tile::thread_rows; ++i) {
      CAROM_UNROLL
      for (int j = 0; j < Tile::thread_columns; ++j) sum[i][j] += a[i] * b[j];
    }
  }
}

template <class T>
CAROM_DEVICE T activated(Activation activation, T x) {
  if (activation == Activation::relu) return functors::Relu{}(x);
  if (activation == Activation::tanh) return functors::Tanh{}(x);
  return x;
}

/// What is stored at `c` in column `column`.
template <class T>
CAROM_DEVICE T finished(const Product<T>& p, T sum, const T* c, std::int64_t column) {
  if (p.bias != nullptr) sum += p.bias[column];
  if (p.accumulate) sum += *c;
  return activated(p.activation, sum);
}

/// Stores this thread's part of the tile that begins at (row0, column0).
template <class T, class Tile>
CAROM_DEVICE void store_tile(const Product<T>& p, T* c, std::int64_t row0, std::int64_t column0,
                             const TileSums<T, Tile>& sum) {
  const bool aligned =
      p.c_row % kGroup == 0 && reinterpret_cast<std::uintptr_t>(c) % sizeof(Pack<T>) == 0;
  CAROM_UNROLL
  for (int i = 0; i < Tile::thread_rows; ++i) {
    const std::int64_t row = row0 + i / kGroup * (Tile::threads_down * kGroup) + i % kGroup;
    if (row >= p.m) continue;
    CAROM_UNROLL
    for (int g = 0; g < Tile::thread_columns / kGroup; ++g) {
      const std::int64_t column = column0 + g * (Tile::threads_across * kGroup);
      T* at = c + row * p.c_row + column;
      const bool whole = aligned && column + kGroup <= p.n;
      Pack<T> pack;
      CAROM_UNROLL
      for (int j = 0; j < kGroup; ++j) {
        if (column + j >= p.n) continue;
        pack.at[j] = finished(p, sum[i][g * kGroup + j], at + j, column + j);
        if (!whole) at[j] = pack.at[j];
      }
      if (whole) *reinterpret_cast<Pack<T>*>(at) = pack;
    }
  }
}

/// Where product `number` of the stack begins.
struct StackPlace {
  std::int64_t a = 0, b = 0, c = 0;

  CAROM_DEVICE StackPlace(const Stack& stack, std::int64_t number) {
    for (int d = stack.rank - 1; d >= 0; --d) {
      const std::int64_t i = number % stack.shape[d];
      number /= stack.shape[d];
      a += i * stack.a[d];
      b += i * stack.b[d];
      c += i * stack.c[d];
    }
  }
};

/// Sums the products of this thread's part of a tile over the slabs. All threads of the block must
/// come; afterwards the shared memory is free.
template <class T, class Tile, class Left, class Right>
CAROM_DEVICE void sum_slabs(Left& left, Right& right, std::int64_t slabs, T* left_slabs,
                            T* right_slabs, TileSums<T, Tile>& sum) {
  const int across = static_cast<int>(threadIdx.x) % Tile::threads_across * kGroup;
  const int down = static_cast<int>(threadIdx.x) / Tile::threads_across * kGroup;
  if (slabs == 0) return;
  left.fetch();
  right.fetch();
  left.put(left_slabs);
  right.put(right_slabs);
  __syncthreads();
  int current = 0;
  for (std::int64_t s = 1; s <= slabs; ++s) {
    const bool more = s < slabs;
    if (more) {
      left.fetch();
      right.fetch();
    }
    multiply_slabs<T, Tile>(left_slabs + current * Left::slab_size + down,
                            right_slabs + current * Right::slab_size + across, sum);
    current = 1 - current;
    if (more) {
      left.put(left_slabs + current * Left::slab_size);
      right.put(right_slabs + current * Right::slab_size);
    }
    __syncthreads();
  }
}

/// One block for each tile of each piece of each product. With several pieces, p.c holds [count,
/// pieces, M, N]. left_run, right_run: what of the operands can be read at once.
template <class T, class Tile>
__global__ void __launch_bounds__(Tile::threads, 512 / Tile::threads)
    multiply_kernel(Product<T> p, Stack stack, std::int64_t pieces, std::int64_t piece,
                    int left_run, int right_run) {
  using Left = Loader<T, Tile::rows, Tile::threads>;
  using Right = Loader<T, Tile::columns, Tile::threads>;
  CAROM_SHARED(Pack<T>, left_slabs, 2 * Left::slab_size / kGroup);
  CAROM_SHARED(Pack<T>, right_slabs, 2 * Right::slab_size / kGroup);
  const std::int64_t across = (p.n + Tile::columns - 1) / Tile::columns;
  const std::int64_t tiles = across * ((p.m + Tile::rows - 1) / Tile::rows);
  for (std::int64_t i = blockIdx.x; i < tiles * pieces * stack.count; i += gridDim.x) {
    const std::int64_t tile = i % tiles, part = i / tiles;
    const std::int64_t begin = part % pieces * piece;
    const std::int64_t depth = begin + piece < p.k ? piece : p.k - begin;
    const StackPlace place(stack, part / pieces);
    const std::int64_t row = tile / across * Tile::rows, column = tile % across * Tile::columns;
    Left left(p.a + place.a + row * p.a_row + begin * p.a_col, p.a_row, p.a_col, p.m - row, depth,
              left_run);
    Right right(p.b + place.b + column * p.b_col + begin * p.b_row, p.b_col, p.b_row, p.n - column,
                depth, right_run);
    T sum[Tile::thread_rows][Tile::thread_columns] = {};
    sum_slabs<T, Tile>(left, right, (depth + kTileDepth - 1) / kTileDepth,
                       reinterpret_cast<T*>(left_slabs), reinterpret_cast<T*>(right_slabs), sum);
    const int number = static_cast<int>(threadIdx.x);
    store_tile<T, Tile>(p, p.c + (pieces > 1 ? part * p.m * p.n : place.c),
                        row + number / Tile::threads_across * kGroup,
                        column + number % Tile::threads_across * kGroup, sum);
  }
}

inline constexpr int kAddColumns = 32, kAddRows = 8;

/// A block takes kAddColumns elements of c, and kAddRows runs of pieces of each, which are added last.
template <class T>
__global__ void add_pieces_kernel(Product<T> p, Stack stack, const T* partial,
                                  std::int64_t pieces) {
  CAROM_SHARED(T, sums, kAddRows * kAddColumns);
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  const std::int64_t size = p.m * p.n, total = size * stack.count;
  for (std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kAddColumns; first < total;
       first += static_cast<std::int64_t>(gridDim.x) * kAddColumns) {
    const std::int64_t i = first + x, product = i / size, at = i % size;
    T sum = 0;
    if (i < total) {
      const T* from = partial + product * pieces * size + at;
      for (std::int64_t piece = y; piece < pieces; piece += kAddRows) sum += from[piece * size];
    }
    sums[y * kAddColumns + x] = sum;
    __syncthreads();
    if (y == 0 && i < total) {
      for (int other = 1; other < kAddRows; ++other) sum += sums[other * kAddColumns + x];
      T* c = p.c + StackPlace(stack, product).c + at / p.n * p.c_row + at % p.n;
      *c = finished(p, sum, c, at % p.n);
    }
    __syncthreads();
  }
}

template <class T>
void start_add_pieces(Launch& launch, const Product<T>& p, const Stack& stack, const T* partial,
                      std::int64_t pieces) {
  const std::int64_t blocks = (p.m * p.n * stack.count + kAddColumns - 1) / kAddColumns;
  start(launch, static_cast<unsigned>(std::min<std::int64_t>(blocks, 1 << 20)),
        dim3(kAddColumns, kAddRows), 0, add_pieces_kernel<T>, p, stack, partial, pieces);
}

/// How many neighbours of an operand can be read at once: 4, 2 or 1. wide, deep: its strides across k
/// and along it.
template <class T>
int run_of(const T* at, std::int64_t wide, std::int64_t deep, const Stack& stack,
           const std::int64_t* between) {
  const std::int64_t unit = is_along_k(wide, deep) ? deep : wide;
  const std::int64_t other = is_along_k(wide, deep) ? wide : deep;
  if (unit != 1) return 1;
  for (const int run : {kGroup, 2}) {
    bool fits = reinterpret_cast<std::uintptr_t>(at) % (run * sizeof(T)) == 0 && other % run == 0;
    for (int d = 0; d < stack.rank; ++d) fits = fits && between[d] % run == 0;
    if (fits) return run;
  }
  return 1;
}

template <class T, class Tile>
void start_multiply(Launch& launch, const Product<T>& p, const Stack& stack, const Scheme& scheme) {
  const std::int64_t tiles =
      ((p.n + Tile::columns - 1) / Tile::columns) * ((p.m + Tile::rows - 1) / Tile::rows);
  const std::int64_t blocks = tiles * scheme.pieces * stack.count;
  start(launch, static_cast<unsigned>(std::min<std::int64_t>(blocks, 0x7FFFFFFF)), Tile::threads, 0,
        multiply_kernel<T, Tile>, p, stack, scheme.pieces, scheme.piece,
        run_of(p.a, p.a_row, p.a_col, stack, stack.a),
        run_of(p.b, p.b_col, p.b_row, stack, stack.b));
}

/// Runs the kernels of a scheme; `start_tiles(product)` starts the first one.
template <class T, class Start>
void run_scheme(Launch& launch, const Product<T>& p, const Stack& stack, const Scheme& scheme,
                T* partial, Start start_tiles) {
  if (p.m * p.n * stack.count == 0) return;
  if (scheme.pieces == 1) return start_tiles(p);
  Product<T> inner = p;
  inner.c = partial;
  inner.c_row = p.n;
  inner.bias = nullptr;
  inner.activation = Activation::none;
  inner.accumulate = false;
  start_tiles(inner);
  start_add_pieces(launch, p, stack, partial, scheme.pieces);
}

}  // namespace carom::cuda
