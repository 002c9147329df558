// sort. Elements become unsigned keys of the same order, with their positions. Few are sorted by
// insertion, many by radix from the lowest digit up; both are stable. Where only a few of many are
// wanted, these are kept in a short sorted list.
#include "ops/sort.h"

#include "cpu/isa.h"

namespace carom::cpu::CAROM_ISA {
namespace {

constexpr std::int64_t kInsertion = 32;
constexpr std::int64_t kShortList = 32;
constexpr std::int64_t kLong = 8192;  // rows from here on take wider digits

template <class Key>
struct Entry {
  Key key;
  std::int32_t index;
};

CAROM_INLINE std::uint32_t key_of(float x) {
  if (x != x) return 0xFFFFFFFFu;
  const auto bits = __builtin_bit_cast(std::uint32_t, x == 0 ? 0.0f : x);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000u;
}
CAROM_INLINE std::uint64_t key_of(double x) {
  if (x != x) return ~std::uint64_t{0};
  const auto bits = __builtin_bit_cast(std::uint64_t, x == 0 ? 0.0 : x);
  return (bits >> 63) != 0 ? ~bits : bits | (std::uint64_t{1} << 63);
}
CAROM_INLINE std::uint32_t key_of(std::int32_t x) {
  return static_cast<std::uint32_t>(x) ^ 0x80000000u;
}
CAROM_INLINE std::uint32_t key_of(std::uint8_t x) { return x; }

template <class Key>
void insertion_sort(Entry<Key>* list, std::int64_t n) {
  for (std::int64_t i = 1; i < n; ++i) {
    const Entry<Key> entry = list[i];
    std::int64_t at = i;
    for (; at > 0 && list[at - 1].key > entry.key; --at) list[at] = list[at - 1];
    list[at] = entry;
  }
}

/// Sorts `list`, using `other`; returns the one of them that holds the result.
template <int bits, class Key>
Entry<Key>* radix_sort(Entry<Key>* list, Entry<Key>* other, std::int64_t n) {
  constexpr int kBuckets = 1 << bits;
  constexpr Key kMask = kBuckets - 1;
  for (int shift = 0; shift < static_cast<int>(8 * sizeof(Key)); shift += bits) {
    std::uint32_t begin[kBuckets] = {};
    for (std::int64_t i = 0; i < n; ++i) ++begin[(list[i].key >> shift) & kMask];
    if (begin[(list[0].key >> shift) & kMask] == n) continue;  // one digit for all
    std::uint32_t sum = 0;
    for (int b = 0; b < kBuckets; ++b) {
      const std::uint32_t count = begin[b];
      begin[b] = sum;
      sum += count;
    }
    for (std::int64_t i = 0; i < n; ++i) {
      other[begin[(list[i].key >> shift) & kMask]++] = list[i];
    }
    Entry<Key>* sorted = other;
    other = list;
    list = sorted;
  }
  return list;
}

/// The k smallest in order, in list[0..k-1].
template <class T, class Key>
void short_list(const T* in, std::int64_t n, std::int64_t k, Key flip, Entry<Key>* list) {
  std::int64_t kept = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Key key = key_of(in[i]) ^ flip;
    if (kept == k && key >= list[k - 1].key) continue;
    std::int64_t at = kept < k ? kept++ : k - 1;
    for (; at > 0 && list[at - 1].key > key; --at) list[at] = list[at - 1];
    list[at] = {key, static_cast<std::int32_t>(i)};
  }
}

template <class T>
void sort_as(const SortParams& p, const Team& team) {
  using Key = decltype(key_of(T{}));
  if (p.k == 0 || team.rank >= p.slots) return;
  Team sorters = team;
  if (sorters.size > p.slots) sorters.size = p.slots;
  const Key flip = p.descending ? ~Key{0} : Key{0};
  auto* list = reinterpret_cast<Entry<Key>*>(team.scratch) + 2 * p.n * team.rank;
  const Range mine = sorters.share(p.rows);
  for (std::int64_t row = mine.begin; row < mine.end; ++row) {
    const T* in = reinterpret_cast<const T*>(p.in) + row * p.n;
    std::int32_t* out = p.out + row * p.k;
    const Entry<Key>* sorted = list;
    if (p.k <= kShortList && p.n >= 4 * p.k) {
      short_list(in, p.n, p.k, flip, list);
    } else {
      for (std::int64_t i = 0; i < p.n; ++i) {
        list[i] = {static_cast<Key>(key_of(in[i]) ^ flip), static_cast<std::int32_t>(i)};
      }
      if (p.n <= kInsertion) insertion_sort(list, p.n);
      else if (p.n < kLong) sorted = radix_sort<8>(list, list + p.n, p.n);
      else sorted = radix_sort<11>(list, list + p.n, p.n);
    }
    for (std::int64_t i = 0; i < p.k; ++i) out[i] = sorted[i].index;
  }
}

}  // namespace

void sort(const SortParams& p, const Team& team) {
  switch (p.dtype) {
    case DType::float32: return sort_as<float>(p, team);
    case DType::float64: return sort_as<double>(p, team);
    case DType::int32: return sort_as<std::int32_t>(p, team);
    default: return sort_as<std::uint8_t>(p, team);
  }
}

}  // namespace carom::cpu::CAROM_ISA
