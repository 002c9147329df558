// How tensor cores compute a product (gemm.h) of float32, whose factors are rounded to tf32 or bfloat16.
// A block computes one tile of c, a warp a part of it in steps (tensor_core.h). Slabs of kSlabDepth rows
// of k lie in shared memory as words, two of each operand: while the warps multiply one, the next is on
// its way through the threads' registers, where it is rounded, once for all warps.
//
// An operand's slab is dense in shared memory where the operand is dense, so that its vectors stay
// vectors: the kernels are made for operands that run along k and for those that run across. Pitches are
// such that the lanes of a warp meet in no bank when they take their words.
#pragma once

#include "cuda/gemm_kernel.h"
#include "cuda/tensor_core.h"

namespace carom::cuda {

inline constexpr int kSlabDepth = 32;

template <int warps_down, int warps_across_, int warp_rows_, int warp_columns_>
struct WarpTile {
  static constexpr int warps_across = warps_across_;
  static constexpr int warp_rows = warp_rows_, warp_columns = warp_columns_;
  static constexpr int rows = warps_down * warp_rows, columns = warps_across * warp_columns;
  static constexpr int steps_down = warp_rows / kStepRows;
  static constexpr int steps_across = warp_columns / kStepColumns;
  static constexpr int threads = warps_down * warps_across * 32;
};

/// 4 neighbours `step` apart, of which `inside` exist (0 for the others); run: how many of them can be
/// read at once.
CAROM_DEVICE float4 read_quad(const float* from, std::int64_t step, int inside, int run) {
  if (run == 4 && inside >= 4) return *reinterpret_cast<const float4*>(from);
  if (run == 2 && inside >= 4) {
    const float2 first = *reinterpret_cast<const float2*>(from);
    const float2 second = *reinterpret_cast<const float2*>(from + 2);
    return make_float4(first.x, first.y, second.x, second.y);
  }
  return make_float4(inside > 0 ? from[0] : 0.0f, inside > 1 ? from[step] : 0.0f,
                     inside > 2 ? from[2 * step] : 0.0f, inside > 3 ? from[3 * step] : 0.0f);
}

/// Brings an operand's slabs [width, kSlabDepth] into shared memory as words, one after the other along
/// k. A thread takes quads, along k or across it; of bfloat16 across k two at once, for the neighbours
/// along k share a word.
template <Precision precision, int width, int threads, bool along_k>
struct WordLoader {
  static constexpr int factors = kFactors<precision>;
  static constexpr int words = kSlabDepth / factors;
  /// From word to word in shared memory, across k and along it.
  static constexpr int wide_pitch = along_k ? words + 4 : 1;
  static constexpr int deep_pitch = along_k ? 1 : width + 8;
  static constexpr int slab_size = along_k ? width * wide_pitch : words * deep_pitch;

  static constexpr int across = (along_k ? kSlabDepth : width) / 4;  // quads of a line
  static constexpr int together = along_k ? 1 : factors;             // lines that a thread takes
  static constexpr int items = across * (along_k ? width : words);
  static constexpr int count = items < threads ? 1 : items / threads;
  static constexpr int lines_apart = threads / across * together;  // from item to item of a thread
  static constexpr int target_step = threads / across * (along_k ? wide_pitch : deep_pitch);
  static_assert(threads % across == 0 && (items < threads || items % threads == 0));

  const float* source;  // this thread's first quad of the next slab
  std::int64_t line_step, quad_step;
  std::int64_t deep_left;  // of the operand, from that quad on
  int wide_left, run, target;
  float4 held[count * together];

  /// Threads beyond the last item have nothing to do.
  CAROM_DEVICE static bool idle() { return items < threads && threadIdx.x >= items; }

  /// `first`: where the first slab begins. wide, deep: elements of the operand from there on. An
  /// operand along k has a deep_stride of 1.
  CAROM_DEVICE WordLoader(const float* first, std::int64_t wide_stride, std::int64_t deep_stride,
                          std::int64_t wide, std::int64_t deep, int run_)
      : run(run_) {
    const int number = static_cast<int>(threadIdx.x);
    const int line = number / across * together, place = number % across * 4;
    line_step = along_k ? wide_stride : deep_stride;
    quad_step = along_k ? 1 : wide_stride;
    source = first + line * line_step + place * quad_step;
    deep_left = deep - (along_k ? place : line);
    wide_left = static_cast<int>(wide < width ? wide : width) - (along_k ? line : place);
    if (idle()) wide_left = 0;
    target = along_k ? line * wide_pitch + place / factors : line / factors * deep_pitch + place;
  }

  /// Reads this thread's part of the next slab; 0 outside the operand.
  CAROM_DEVICE void fetch() {
    const int deep = static_cast<int>(deep_left < kSlabDepth ? deep_left : kSlabDepth);
    const int lines = along_k ? wide_left : deep, inside = along_k ? deep : wide_left;
    CAROM_UNROLL
    for (int i = 0; i < count * together; ++i) {
      const int line = i / together * lines_apart + i % together;
      held[i] = read_quad(source + line * line_step, quad_step, line < lines ? inside : 0, run);
    }
    source += kSlabDepth * (along_k ? 1 : line_step);
    deep_left -= kSlabDepth;
  }

  CAROM_DEVICE void put(std::uint32_t* slab) const {
    if (idle()) return;
    CAROM_UNROLL
    for (int i = 0; i < count; ++i) put_item(slab + target + i * target_step, &held[i * together]);
  }

  /// The words of one item.
  CAROM_DEVICE static void put_item(std::uint32_t* to, const float4* quads) {
    const float4 x = quads[0];
    if constexpr (precision == Precision::tf32) {
      *reinterpret_cast<uint4*>(to) = {tf32_word(x.x), tf32_word(x.y), tf32_word(x.z),
                                       tf32_word(x.w)};
    } else if constexpr (along_k) {
      *reinterpret_cast<uint2*>(to) = {bfloat16_word(x.x, x.y), bfloat16_word(x.z, x.w)};
    } else {
      const float4 y = quads[1];
      *reinterpret_cast<uint4*>(to) = {bfloat16_word(x.x, y.x), bfloat16_word(x.y, y.y),
                                       bfloat16_word(x.z, y.z), bfloat16_word(x.w, y.w)};
    }
  }
};

template <class Tile>
using StepSums = float[Tile::steps_down][Tile::steps_across][4];

/// Adds the product of two slabs; left and right: this lane's first word of each.
template <Precision precision, class Tile, class Left, class Right>
CAROM_DEVICE void multiply_words(const std::uint32_t* left, const std::uint32_t* right,
                                 StepSums<Tile>& sum) {
  CAROM_UNROLL
  for (int k = 0; k < Left::words; k += kStepWords) {
    std::uint32_t a[Tile::steps_down][4];
    CAROM_UNROLL
    for (int i = 0; i < Tile::steps_down; ++i) {
      CAROM_UNROLL
      for (int r = 0; r < 4; ++r) {
        const int row = i * kStepRows + r % 2 * 8, word = k + r / 2 * 4;
        a[i][r] = left[row * Left::wide_pitch + word * Left::deep_pitch];
      }
    }
    CAROM_UNROLL
    for (int j = 0; j < Tile::steps_across; ++j) {
      const std::uint32_t* at = right + j * kStepColumns * Right::wide_pitch;
      const std::uint32_t b[2] = {at[k * Right::deep_pitch], at[(k + 4) * Right::deep_pitch]};
      CAROM_UNROLL
      for (int i = 0; i < Tile::steps_down; ++i) multiply_step<precision>(sum[i][j], a[i], b);
    }
  }
}

/// This thread's place in its block's tile: its warp's part, and in steps its group and member.
template <class Tile>
struct LanePlace {
  int row, column, group, member;

  CAROM_DEVICE LanePlace() {
    const int number = static_cast<int>(threadIdx.x), warp = number / 32, lane = number % 32;
    row = warp / Tile::warps_across * Tile::warp_rows;
    column = warp % Tile::warps_across * Tile::warp_columns;
    group = lane / 4;
    member = lane % 4;
  }
};

/// Sums this warp's steps over the slabs. All threads of the block must come; afterwards the shared
/// memory is free.
template <Precision precision, class Tile, class Left, class Right>
CAROM_DEVICE void sum_words(Left& left, Right& right, std::int64_t slabs, std::uint32_t* left_slabs,
                            std::uint32_t* right_slabs, StepSums<Tile>& sum) {
  if (slabs == 0) return;
  const LanePlace<Tile> lane;
  const std::uint32_t* own_left =
      left_slabs + (lane.row + lane.group) * Left::wide_pitch + lane.member * Left::deep_pitch;
  const std::uint32_t* own_right = right_slabs + (lane.column + lane.group) * Right::wide_pitch +
                                   lane.member * Right::deep_pitch;
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
    multiply_words<precision, Tile, Left, Right>(own_left + current * Left::slab_size,
                                                 own_right + current * Right::slab_size, sum);
    current ^= 1;
    if (more) {
      left.put(left_slabs + current * Left::slab_size);
      right.put(right_slabs + current * Right::slab_size);
    }
    __syncthreads();
  }
}

/// Stores two neighbours of a row of c, at once where `paired`.
CAROM_DEVICE void store_pair(const Product<float>& p, float* at, std::int64_t column, float first,
                             float second, bool paired) {
  if (column >= p.n) return;
  first = finished(p, first, at, column);
  if (column + 1 < p.n) second = finished(p, second, at + 1, column + 1);
  if (paired && column + 1 < p.n) {
    *reinterpret_cast<float2*>(at) = make_float2(first, second);
    return;
  }
  at[0] = first;
  if (column + 1 < p.n) at[1] = second;
}

/// Stores this thread's part of the tile that begins at (row0, column0).
template <class Tile>
CAROM_DEVICE void store_steps(const Product<float>& p, float* c, std::int64_t row0,
                              std::int64_t column0, const StepSums<Tile>& sum) {
  const LanePlace<Tile> lane;
  const bool paired = p.c_row % 2 == 0 && reinterpret_cast<std::uintptr_t>(c) % 8 == 0;
  CAROM_UNROLL
  for (int i = 0; i < Tile::steps_down; ++i) {
    CAROM_UNROLL
    for (int half = 0; half < 2; ++half) {
      const std::int64_t row = row0 + lane.row + i * kStepRows + half * 8 + lane.group;
      if (row >= p.m) continue;
      CAROM_UNROLL
      for (int j = 0; j < Tile::steps_across; ++j) {
        const std::int64_t column = column0 + lane.column + j * kStepColumns + lane.member * 2;
        store_pair(p, c + row * p.c_row + column, column, sum[i][j][2 * half],
                   sum[i][j][2 * half + 1], paired);
      }
    }
  }
}

/// As multiply_kernel of gemm_kernel.h. left_run, right_run: what of the operands can be read at once.
template <Precision precision, class Tile, bool left_along_k, bool right_along_k>
__global__ void __launch_bounds__(Tile::threads, 512 / Tile::threads)
    tensor_kernel(Product<float> p, Stack stack, std::int64_t pieces, std::int64_t piece,
                  int left_run, int right_run) {
  using Left = WordLoader<precision, Tile::rows, Tile::threads, left_along_k>;
  using Right = WordLoader<precision, Tile::columns, Tile::threads, right_along_k>;
  CAROM_DYNAMIC_SHARED(std::uint32_t, slabs);
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
    StepSums<Tile> sum = {};
    sum_words<precision, Tile>(left, right, (depth + kSlabDepth - 1) / kSlabDepth, slabs,
                               slabs + 2 * Left::slab_size, sum);
    store_steps<Tile>(p, p.c + (pieces > 1 ? part * p.m * p.n : place.c), row, column, sum);
  }
}

/// How many neighbours of an operand can be read at once: 4, 2 or 1. `unit` and `other`: its strides
/// along the dimension that is read and across it.
inline int run_of(const float* at, std::int64_t unit, std::int64_t other, const Stack& stack,
                  const std::int64_t* between) {
  if (unit != 1) return 1;
  for (const int run : {4, 2}) {
    bool fits = reinterpret_cast<std::uintptr_t>(at) % (run * sizeof(float)) == 0;
    fits = fits && other % run == 0;
    for (int d = 0; d < stack.rank; ++d) fits = fits && between[d] % run == 0;
    if (fits) return run;
  }
  return 1;
}

template <Precision precision, class Tile, bool left_along_k, bool right_along_k>
void start_oriented(Launch& launch, const Product<float>& p, const Stack& stack,
                    const Scheme& scheme) {
  using Left = WordLoader<precision, Tile::rows, Tile::threads, left_along_k>;
  using Right = WordLoader<precision, Tile::columns, Tile::threads, right_along_k>;
  const int left_run = left_along_k ? run_of(p.a, p.a_col, p.a_row, stack, stack.a)
                                    : run_of(p.a, p.a_row, p.a_col, stack, stack.a);
  const int right_run = right_along_k ? run_of(p.b, p.b_row, p.b_col, stack, stack.b)
                                      : run_of(p.b, p.b_col, p.b_row, stack, stack.b);
  const std::int64_t tiles =
      ((p.n + Tile::columns - 1) / Tile::columns) * ((p.m + Tile::rows - 1) / Tile::rows);
  const std::int64_t blocks = tiles * scheme.pieces * stack.count;
  start(launch, static_cast<unsigned>(std::min<std::int64_t>(blocks, 0x7FFFFFFF)), Tile::threads,
        2 * (Left::slab_size + Right::slab_size) * sizeof(std::uint32_t),
        tensor_kernel<precision, Tile, left_along_k, right_along_k>, p, stack, scheme.pieces,
        scheme.piece, left_run, right_run);
}

template <Precision precision, class Tile>
void start_tensor(Launch& launch, const Product<float>& p, const Stack& stack,
                  const Scheme& scheme) {
  const bool left = p.a_col == 1 && p.a_row != 1, right = p.b_row == 1 && p.b_col != 1;
  const auto started = left    ? (right ? start_oriented<precision, Tile, true, true>
                                        : start_oriented<precision, Tile, true, false>)
                       : right ? start_oriented<precision, Tile, false, true>
                               : start_oriented<precision, Tile, false, false>;
  started(launch, p, stack, scheme);
}

/// Starts the tiles of a scheme (run_scheme); their sizes are those of the kinds in ops/gemm.cu.
template <Precision precision>
void start_tensor_tiles(Launch& launch, const Product<float>& p, const Stack& stack,
                        const Scheme& scheme) {
  const auto start_kind = [&]<class Tile>(Tile) {
    start_tensor<precision, Tile>(launch, p, stack, scheme);
  };
  switch (scheme.tile) {
    case TileKind::large: return start_kind(WarpTile<2, 4, 64, 32>{});
    case TileKind::medium: return start_kind(WarpTile<2, 2, 32, 32>{});
    case TileKind::small: return start_kind(WarpTile<2, 2, 16, 16>{});
    case TileKind::thin: return start_kind(WarpTile<1, 4, 16, 32>{});
    case TileKind::narrow: return start_kind(WarpTile<4, 1, 32, 16>{});
  }
}

}  // namespace carom::cuda
