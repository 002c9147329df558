#include "cuda/elementwise.h"
#include "ops/store_row.h"

namespace carom::cuda {
namespace {

/// How far into the output the row begins that the counter names, in bytes.
CAROM_DEVICE std::int64_t row_offset(const StoreRowParams& p) {
  const std::int64_t row = *p.counter % p.rows;
  return (row < 0 ? row + p.rows : row) * p.row_stride;
}

template <class T>
__global__ void store_dense(StoreRowParams p, Dense<T> source) {
  T* out = reinterpret_cast<T*>(p.layout.data[0] + row_offset(p));
  const std::int64_t packs = p.layout.size / kVector;
  for (std::int64_t i = global_index(); i < packs; i += global_count()) {
    *reinterpret_cast<Pack<T>*>(out + i * kVector) = source.pack(i * kVector);
  }
  const std::int64_t i = packs * kVector + global_index();
  if (i < p.layout.size) out[i] = source.one(i);
}

template <class Index, class T>
__global__ void store_strided(StoreRowParams p) {
  T* out = reinterpret_cast<T*>(p.layout.data[0] + row_offset(p));
  const T* source = reinterpret_cast<const T*>(p.layout.data[1]);
  for (std::int64_t i = global_index(); i < p.layout.size; i += global_count()) {
    std::int64_t at[2];
    locate<Index>(p.layout, i, at);
    out[at[0]] = source[at[1]];
  }
}

/// T is an unsigned integer of the element's size: only bits move.
template <class T>
void store_as(const StoreRowParams& p, Launch& launch) {
  const std::int64_t size = p.layout.size;
  if (is_dense(p.layout, {sizeof(T), sizeof(T)}) && p.row_stride % sizeof(Pack<T>) == 0) {
    start(launch, blocks_for(size, kVector), kThreads, 0, store_dense<T>, p,
          dense_operand<T>(p.layout, 1));
  } else if (size <= 0x7FFFFFFF) {
    start(launch, blocks_for(size), kThreads, 0, store_strided<std::uint32_t, T>, p);
  } else {
    start(launch, blocks_for(size), kThreads, 0, store_strided<std::uint64_t, T>, p);
  }
}

}  // namespace

void store_row(const StoreRowParams& p, Launch& launch) {
  switch (p.item) {
    case 8: return store_as<std::uint64_t>(p, launch);
    case 4: return store_as<std::uint32_t>(p, launch);
    default: return store_as<std::uint8_t>(p, launch);
  }
}

}  // namespace carom::cuda
