// Elementwise kernels: out[i] = f(in[i]...) over an ElementwiseLayout, grid-stride. Where all operands
// are one run (or one value) with aligned memory, a thread takes 4 elements at a time.
#pragma once

#include "cuda/launch.h"
#include "ops/elementwise_layout.h"

namespace carom::cuda {

/// Elements of one thread in the dense kernels.
inline constexpr int kVector = 4;

/// 4 elements that are loaded and stored at once.
template <class T>
struct alignas(sizeof(T) * kVector) Pack {
  T at[kVector];
};

/// An operand of a dense kernel: a run, or one value for all (stride 0).
template <class T>
struct Dense {
  const T* data;
  bool is_run;

  CAROM_DEVICE T one(std::int64_t i) const { return data[is_run ? i : 0]; }
  CAROM_DEVICE Pack<T> pack(std::int64_t i) const {
    if (is_run) return *reinterpret_cast<const Pack<T>*>(data + i);
    Pack<T> out;
    for (int j = 0; j < kVector; ++j) out.at[j] = data[0];
    return out;
  }
};

/// Offsets of element i of the output, in elements of each operand. Dimensions of 2^31 elements and
/// more are walked with wide arithmetic.
template <class Index, int N>
CAROM_DEVICE void locate(const ElementwiseLayout<N>& layout, std::int64_t number,
                         std::int64_t (&offsets)[N]) {
  for (int k = 0; k < N; ++k) offsets[k] = 0;
  Index rest = static_cast<Index>(number);
  for (int d = layout.rank - 1; d >= 0; --d) {
    const Index extent = static_cast<Index>(layout.shape[d]);
    const Index next = rest / extent;
    const std::int64_t at = static_cast<std::int64_t>(rest - next * extent);
    for (int k = 0; k < N; ++k) offsets[k] += at * layout.strides[k][d];
    rest = next;
  }
}

template <class F, class Out, class A>
__global__ void dense1(F f, std::int64_t size, Out* out, Dense<A> a) {
  const std::int64_t packs = size / kVector;
  for (std::int64_t i = global_index(); i < packs; i += global_count()) {
    const auto x = a.pack(i * kVector);
    Pack<Out> y;
    for (int j = 0; j < kVector; ++j) y.at[j] = f(x.at[j]);
    *reinterpret_cast<Pack<Out>*>(out + i * kVector) = y;
  }
  const std::int64_t i = packs * kVector + global_index();
  if (i < size) out[i] = f(a.one(i));
}

template <class F, class Out, class A, class B>
__global__ void dense2(F f, std::int64_t size, Out* out, Dense<A> a, Dense<B> b) {
  const std::int64_t packs = size / kVector;
  for (std::int64_t i = global_index(); i < packs; i += global_count()) {
    const auto x = a.pack(i * kVector);
    const auto z = b.pack(i * kVector);
    Pack<Out> y;
    for (int j = 0; j < kVector; ++j) y.at[j] = f(x.at[j], z.at[j]);
    *reinterpret_cast<Pack<Out>*>(out + i * kVector) = y;
  }
  const std::int64_t i = packs * kVector + global_index();
  if (i < size) out[i] = f(a.one(i), b.one(i));
}

template <class F, class Out, class A, class B, class C>
__global__ void dense3(F f, std::int64_t size, Out* out, Dense<A> a, Dense<B> b, Dense<C> c) {
  const std::int64_t packs = size / kVector;
  for (std::int64_t i = global_index(); i < packs; i += global_count()) {
    const auto x = a.pack(i * kVector);
    const auto z = b.pack(i * kVector);
    const auto w = c.pack(i * kVector);
    Pack<Out> y;
    for (int j = 0; j < kVector; ++j) y.at[j] = f(x.at[j], z.at[j], w.at[j]);
    *reinterpret_cast<Pack<Out>*>(out + i * kVector) = y;
  }
  const std::int64_t i = packs * kVector + global_index();
  if (i < size) out[i] = f(a.one(i), b.one(i), c.one(i));
}

template <class Index, class F, class Out, class A>
__global__ void strided1(F f, ElementwiseLayout<2> layout) {
  for (std::int64_t i = global_index(); i < layout.size; i += global_count()) {
    std::int64_t at[2];
    locate<Index>(layout, i, at);
    reinterpret_cast<Out*>(layout.data[0])[at[0]] =
        f(reinterpret_cast<const A*>(layout.data[1])[at[1]]);
  }
}

template <class Index, class F, class Out, class A, class B>
__global__ void strided2(F f, ElementwiseLayout<3> layout) {
  for (std::int64_t i = global_index(); i < layout.size; i += global_count()) {
    std::int64_t at[3];
    locate<Index>(layout, i, at);
    reinterpret_cast<Out*>(layout.data[0])[at[0]] =
        f(reinterpret_cast<const A*>(layout.data[1])[at[1]],
          reinterpret_cast<const B*>(layout.data[2])[at[2]]);
  }
}

template <class Index, class F, class Out, class A, class B, class C>
__global__ void strided3(F f, ElementwiseLayout<4> layout) {
  for (std::int64_t i = global_index(); i < layout.size; i += global_count()) {
    std::int64_t at[4];
    locate<Index>(layout, i, at);
    reinterpret_cast<Out*>(layout.data[0])[at[0]] =
        f(reinterpret_cast<const A*>(layout.data[1])[at[1]],
          reinterpret_cast<const B*>(layout.data[2])[at[2]],
          reinterpret_cast<const C*>(layout.data[3])[at[3]]);
  }
}

/// Whether every operand is one run or one value, aligned for packs of elements of `item` bytes.
template <int N>
bool is_dense(const ElementwiseLayout<N>& layout, const std::size_t (&item)[N]) {
  if (layout.rank != 1 || layout.strides[0][0] != 1) return false;
  for (int k = 0; k < N; ++k) {
    const std::int64_t stride = layout.strides[k][0];
    if (stride != 0 && stride != 1) return false;
    if (stride == 1 &&
        reinterpret_cast<std::uintptr_t>(layout.data[k]) % (item[k] * kVector) != 0) {
      return false;
    }
  }
  return true;
}

template <class T, int N>
Dense<T> dense_operand(const ElementwiseLayout<N>& layout, int k) {
  return {reinterpret_cast<const T*>(layout.data[k]), layout.strides[k][0] == 1};
}

/// out[i] = f(a[i])
template <class Out, class A, class F>
void map1(Launch& launch, const ElementwiseLayout<2>& layout, F f) {
  const std::int64_t size = layout.size;
  if (is_dense(layout, {sizeof(Out), sizeof(A)})) {
    start(launch, blocks_for(size, kVector), kThreads, 0, dense1<F, Out, A>, f, size,
          reinterpret_cast<Out*>(layout.data[0]), dense_operand<A>(layout, 1));
  } else if (size <= 0x7FFFFFFF) {
    start(launch, blocks_for(size), kThreads, 0, strided1<std::uint32_t, F, Out, A>, f, layout);
  } else {
    start(launch, blocks_for(size), kThreads, 0, strided1<std::uint64_t, F, Out, A>, f, layout);
  }
}

/// out[i] = f(a[i], b[i])
template <class Out, class A, class B, class F>
void map2(Launch& launch, const ElementwiseLayout<3>& layout, F f) {
  const std::int64_t size = layout.size;
  if (is_dense(layout, {sizeof(Out), sizeof(A), sizeof(B)})) {
    start(launch, blocks_for(size, kVector), kThreads, 0, dense2<F, Out, A, B>, f, size,
          reinterpret_cast<Out*>(layout.data[0]), dense_operand<A>(layout, 1),
          dense_operand<B>(layout, 2));
  } else if (size <= 0x7FFFFFFF) {
    start(launch, blocks_for(size), kThreads, 0, strided2<std::uint32_t, F, Out, A, B>, f, layout);
  } else {
    start(launch, blocks_for(size), kThreads, 0, strided2<std::uint64_t, F, Out, A, B>, f, layout);
  }
}

/// out[i] = f(a[i], b[i], c[i])
template <class Out, class A, class B, class C, class F>
void map3(Launch& launch, const ElementwiseLayout<4>& layout, F f) {
  const std::int64_t size = layout.size;
  if (is_dense(layout, {sizeof(Out), sizeof(A), sizeof(B), sizeof(C)})) {
    start(launch, blocks_for(size, kVector), kThreads, 0, dense3<F, Out, A, B, C>, f, size,
          reinterpret_cast<Out*>(layout.data[0]), dense_operand<A>(layout, 1),
          dense_operand<B>(layout, 2), dense_operand<C>(layout, 3));
  } else if (size <= 0x7FFFFFFF) {
    start(launch, blocks_for(size), kThreads, 0, strided3<std::uint32_t, F, Out, A, B, C>, f,
          layout);
  } else {
    start(launch, blocks_for(size), kThreads, 0, strided3<std::uint64_t, F, Out, A, B, C>, f,
          layout);
  }
}

}  // namespace carom::cuda
