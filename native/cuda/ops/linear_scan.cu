// A thread takes a column through time. Where columns are few and steps many, time is cut into pieces:
// a first kernel finds what each piece does to the state before it, x -> product x + sum, and the
// threads of the second one put together what lies before their piece. Pieces depend on the shape alone.
#include "cuda/launch.h"
#include "ops/linear_scan.h"

namespace carom::cuda {
namespace {

constexpr unsigned kBlock = 64;
/// Steps that are loaded while as many are worked on.
constexpr int kAhead = 8;

/// a and b of one column; `step`: from one t to the next, in the direction of the scan.
template <class T>
struct Column {
  const T* a;
  const T* b;
  std::int64_t step;
};

template <class T>
CAROM_DEVICE void load_ahead(const Column<T>& of, std::int64_t t, std::int64_t end, T (&a)[kAhead],
                             T (&b)[kAhead]) {
  CAROM_UNROLL
  for (int k = 0; k < kAhead; ++k) {
    const std::int64_t at = (t + k < end ? t + k : end - 1) * of.step;
    a[k] = of.a[at];
    b[k] = of.b[at];
  }
}

/// Calls each(t, a[t], b[t]) for t from begin to end.
template <class T, class Each>
CAROM_DEVICE void walk(const Column<T>& of, std::int64_t begin, std::int64_t end, Each each) {
  if (begin >= end) return;
  T a[kAhead], b[kAhead], next_a[kAhead], next_b[kAhead];
  load_ahead(of, begin, end, a, b);
  for (std::int64_t t = begin; t < end; t += kAhead) {
    load_ahead(of, t + kAhead, end, next_a, next_b);
    CAROM_UNROLL
    for (int k = 0; k < kAhead; ++k) {
      if (t + k < end) each(t + k, static_cast<double>(a[k]), static_cast<double>(b[k]));
      a[k] = next_a[k];
      b[k] = next_b[k];
    }
  }
}

/// Of the pieces; products and sums are [pieces - 1, columns].
struct Cut {
  std::int64_t pieces, piece;  // how many, and the steps of one
  double* products;
  double* sums;
};

/// Where the scan of a column begins.
CAROM_DEVICE std::int64_t first_of(const LinearScanParams& p, std::int64_t column) {
  return p.reverse ? (p.steps - 1) * p.columns + column : column;
}

template <class T>
CAROM_DEVICE Column<T> column_of(const LinearScanParams& p, std::int64_t column) {
  const std::int64_t first = first_of(p, column);
  return {reinterpret_cast<const T*>(p.a) + first, reinterpret_cast<const T*>(p.b) + first,
          p.reverse ? -p.columns : p.columns};
}

/// A thread for each piece but the last of each column.
template <class T>
__global__ void __launch_bounds__(kBlock) sum_up_pieces(LinearScanParams p, Cut cut) {
  const std::int64_t count = (cut.pieces - 1) * p.columns;
  for (std::int64_t i = global_index(); i < count; i += global_count()) {
    const std::int64_t begin = i / p.columns * cut.piece;
    double product = 1, sum = 0;
    walk(column_of<T>(p, i % p.columns), begin, begin + cut.piece,
         [&](std::int64_t, double a, double b) {
           product *= a;
           sum = a * sum + b;
         });
    cut.products[i] = product;
    cut.sums[i] = sum;
  }
}

/// A thread for each piece of each column.
template <class T>
__global__ void __launch_bounds__(kBlock) scan_pieces(LinearScanParams p, Cut cut) {
  for (std::int64_t i = global_index(); i < cut.pieces * p.columns; i += global_count()) {
    const std::int64_t column = i % p.columns, piece = i / p.columns;
    double state = 0;
    const Column<double> before{cut.products + column, cut.sums + column, p.columns};
    walk(before, 0, piece, [&](std::int64_t, double product, double sum) {
      // A product may be too large for a double, and a state of 0 stays 0 all the same.
      state = state == 0 ? sum : product * state + sum;
    });
    const std::int64_t begin = piece * cut.piece;
    const std::int64_t end = begin + cut.piece < p.steps ? begin + cut.piece : p.steps;
    const Column<T> own = column_of<T>(p, column);
    T* y = reinterpret_cast<T*>(p.y) + first_of(p, column);
    walk(own, begin, end, [&](std::int64_t t, double a, double b) {
      state = a * state + b;
      y[t * own.step] = static_cast<T>(state);
    });
  }
}

/// Enough pieces to keep the GPU busy, but not so many that putting them together takes longer than
/// walking through one.
Cut cut_of(const LinearScanParams& p) {
  constexpr std::int64_t kEnoughThreads = 1 << 15, kWorthwhile = 4;
  std::int64_t pieces = std::min(kEnoughThreads / p.columns, p.steps / (2 * kAhead));
  while (pieces * pieces > 2 * p.steps) pieces /= 2;
  if (pieces < kWorthwhile) return {1, p.steps, nullptr, nullptr};
  const std::int64_t groups = (p.steps + kAhead - 1) / kAhead;
  const std::int64_t piece = (groups + pieces - 1) / pieces * kAhead;
  return {(p.steps + piece - 1) / piece, piece, nullptr, nullptr};
}

unsigned blocks_of(std::int64_t threads) {
  return static_cast<unsigned>(std::min<std::int64_t>((threads + kBlock - 1) / kBlock, 1 << 20));
}

template <class T>
void scan(const LinearScanParams& p, Launch& launch) {
  if (p.steps == 0 || p.columns == 0) return;
  Cut cut = cut_of(p);
  const std::int64_t before = (cut.pieces - 1) * p.columns;
  if (before > 0) {
    const auto bytes = 2 * static_cast<std::size_t>(before) * sizeof(double);
    cut.products = reinterpret_cast<double*>(launch.workspace(bytes));
    cut.sums = cut.products + before;
    start(launch, blocks_of(before), kBlock, 0, sum_up_pieces<T>, p, cut);
  }
  start(launch, blocks_of(cut.pieces * p.columns), kBlock, 0, scan_pieces<T>, p, cut);
}

}  // namespace

void linear_scan(const LinearScanParams& p, Launch& launch) {
  if (p.dtype == DType::float64) return scan<double>(p, launch);
  scan<float>(p, launch);
}

}  // namespace carom::cuda
