// sort. Elements become unsigned keys of the same order, with their positions, which makes all
// entries different and the order stable. Short rows, and tiles of long ones, are sorted in shared
// memory by a bitonic network; sorted runs are then merged two by two: each entry finds its place
// by a search in the other run. Of a run only the first k entries can matter.
#include "cuda/launch.h"
#include "ops/sort.h"

namespace carom::cuda {
namespace {

/// Entries that a block sorts at once.
constexpr int kTile = 2048;
constexpr int kLeastTile = 512;
/// Work space for the entries of some rows at a time, unless one row needs more.
constexpr std::int64_t kBatchBytes = std::int64_t{1} << 28;

template <class Key>
struct Entry {
  Key key;
  std::uint32_t index;

  CAROM_DEVICE bool operator<(const Entry& other) const {
    return key < other.key || (key == other.key && index < other.index);
  }
};

template <class T>
struct KeyOf;
template <>
struct KeyOf<float> {
  using Key = std::uint32_t;
  static CAROM_DEVICE Key of(float x) {
    if (x != x) return 0xFFFFFFFFu;
    const auto bits = __builtin_bit_cast(Key, x == 0 ? 0.0f : x);
    return (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
  }
};
template <>
struct KeyOf<double> {
  using Key = std::uint64_t;
  static CAROM_DEVICE Key of(double x) {
    if (x != x) return ~Key{0};
    const auto bits = __builtin_bit_cast(Key, x == 0 ? 0.0 : x);
    return (bits >> 63) != 0 ? ~bits : bits | (Key{1} << 63);
  }
};
template <>
struct KeyOf<std::int32_t> {
  using Key = std::uint32_t;
  static CAROM_DEVICE Key of(std::int32_t x) { return static_cast<Key>(x) ^ 0x80000000u; }
};
template <>
struct KeyOf<std::uint8_t> {
  using Key = std::uint32_t;
  static CAROM_DEVICE Key of(std::uint8_t x) { return x; }
};

/// Sorts each aligned segment of `width` (a power of two) of the block's `tile` entries.
template <class E>
CAROM_DEVICE void sort_segments(E* entries, int tile, int width) {
  for (int size = 2; size <= width; size *= 2) {
    for (int step = size / 2; step > 0; step /= 2) {
      __syncthreads();
      for (int i = static_cast<int>(threadIdx.x); i < tile / 2; i += kThreads) {
        const int low = i / step * 2 * step + i % step, high = low + step;
        // Within a segment the last merge goes upwards, whatever the segment's number is.
        const bool upwards = (low & (width - 1) & size) == 0;
        const E a = entries[low], b = entries[high];
        if (upwards != (b < a)) continue;
        entries[low] = b;
        entries[high] = a;
      }
    }
  }
  __syncthreads();
}

/// How rows are cut: `runs` runs of `width` entries each.
struct Cut {
  std::int64_t first_row, rows;
  int width, tile;
  std::int64_t runs;
};

/// Sorts every run of every row. The results are positions where a row is one run, else entries.
template <class T>
__global__ void __launch_bounds__(kThreads)
    sort_runs(SortParams p, Cut cut, Entry<typename KeyOf<T>::Key>* sorted) {
  using Key = typename KeyOf<T>::Key;
  CAROM_DYNAMIC_SHARED(Entry<Key>, entries);
  const T* in = reinterpret_cast<const T*>(p.in);
  const Key flip = p.descending ? ~Key{0} : Key{0};
  const int segments = cut.tile / cut.width;
  const std::int64_t all = cut.rows * cut.runs;
  for (std::int64_t block = blockIdx.x; block * segments < all; block += gridDim.x) {
    __syncthreads();
    for (int i = static_cast<int>(threadIdx.x); i < cut.tile; i += kThreads) {
      const std::int64_t run = block * segments + i / cut.width;
      const std::int64_t row = run / cut.runs, at = run % cut.runs * cut.width + i % cut.width;
      entries[i] = {~Key{0}, 0xFFFFFFFFu};
      if (run >= all || at >= p.n) continue;
      const T x = in[(cut.first_row + row) * p.n + at];
      entries[i] = {KeyOf<T>::of(x) ^ flip, static_cast<std::uint32_t>(at)};
    }
    sort_segments(entries, cut.tile, cut.width);
    for (int i = static_cast<int>(threadIdx.x); i < cut.tile; i += kThreads) {
      const std::int64_t run = block * segments + i / cut.width;
      const std::int64_t row = run / cut.runs, at = run % cut.runs * cut.width + i % cut.width;
      if (run >= all || at >= p.n) continue;
      if (cut.runs > 1) {
        sorted[row * p.n + at] = entries[i];
      } else if (at < p.k) {
        p.out[(cut.first_row + row) * p.k + at] = static_cast<std::int32_t>(entries[i].index);
      }
    }
  }
}

/// How many of n sorted entries come before `entry`.
template <class E>
CAROM_DEVICE std::int64_t count_before(const E* sorted, std::int64_t n, const E& entry) {
  std::int64_t begin = 0;
  while (begin < n) {
    const std::int64_t middle = begin + (n - begin) / 2;
    if (sorted[middle] < entry) begin = middle + 1;
    else n = middle;
  }
  return begin;
}

/// Merges each two neighbouring runs of `length` entries; the last merge writes positions. A run's
/// entries beyond its first k are neither read nor written.
template <class Key>
__global__ void __launch_bounds__(kThreads)
    merge_runs(SortParams p, Cut cut, std::int64_t length, const Entry<Key>* from, Entry<Key>* to) {
  const bool last = 2 * length >= p.n;
  const std::int64_t kept = length < p.k ? length : p.k;
  const std::int64_t runs = (p.n + length - 1) / length, of_row = runs * kept;
  for (std::int64_t i = global_index(); i < cut.rows * of_row; i += global_count()) {
    const std::int64_t row = i / of_row, run = i % of_row / kept, at = i % kept;
    const Entry<Key>* entries = from + row * p.n;
    const std::int64_t begin = run * length, other = (run ^ 1) * length;
    if (begin + at >= p.n) continue;
    const Entry<Key> entry = entries[begin + at];
    const std::int64_t left = p.n - other;
    const std::int64_t others = left <= 0 ? 0 : left < kept ? left : kept;
    const std::int64_t place = at + count_before(entries + other, others, entry);
    if (place >= p.k) continue;
    if (last) {
      p.out[(cut.first_row + row) * p.k + place] = static_cast<std::int32_t>(entry.index);
    } else {
      to[row * p.n + (begin < other ? begin : other) + place] = entry;
    }
  }
}

template <class T>
void sort_as(const SortParams& p, Launch& launch) {
  using E = Entry<typename KeyOf<T>::Key>;
  if (p.rows == 0 || p.k == 0) return;
  Cut cut{0, p.rows, 2, kLeastTile, 1};
  while (cut.width < p.n && cut.width < kTile) cut.width *= 2;
  cut.tile = std::max(cut.width, kLeastTile);
  cut.runs = (p.n + cut.width - 1) / cut.width;
  E *from = nullptr, *to = nullptr;
  std::int64_t batch = p.rows;
  if (cut.runs > 1) {
    const auto row_bytes = static_cast<std::int64_t>(sizeof(E)) * p.n * 2;
    batch = std::clamp<std::int64_t>(kBatchBytes / row_bytes, 1, p.rows);
    from = reinterpret_cast<E*>(launch.workspace(static_cast<std::size_t>(row_bytes * batch)));
    to = from + batch * p.n;
  }
  for (; cut.first_row < p.rows; cut.first_row += batch) {
    cut.rows = std::min(batch, p.rows - cut.first_row);
    const std::int64_t segments = cut.tile / cut.width;
    const std::int64_t blocks = (cut.rows * cut.runs + segments - 1) / segments;
    start(launch, static_cast<unsigned>(std::min<std::int64_t>(blocks, 1 << 20)), kThreads,
          static_cast<std::size_t>(cut.tile) * sizeof(E), sort_runs<T>, p, cut, from);
    for (std::int64_t length = cut.width; length < p.n; length *= 2) {
      const std::int64_t runs = (p.n + length - 1) / length;
      start(launch, blocks_for(cut.rows * runs * std::min(length, p.k)), kThreads, 0,
            merge_runs<typename KeyOf<T>::Key>, p, cut, length, from, to);
      std::swap(from, to);
    }
  }
}

}  // namespace

void sort(const SortParams& p, Launch& launch) {
  switch (p.dtype) {
    case DType::float32: return sort_as<float>(p, launch);
    case DType::float64: return sort_as<double>(p, launch);
    case DType::int32: return sort_as<std::int32_t>(p, launch);
    default: return sort_as<std::uint8_t>(p, launch);
  }
}

}  // namespace carom::cuda
