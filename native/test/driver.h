// Drives an Engine as JavaScript does: through commands of doubles. Tests and benchmarks use it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/cpu_features.h"
#include "program/engine.h"

namespace carom::test {

/// A view of a storage, as a command spells it.
struct Operand {
  double handle;
  DType dtype;
  std::int64_t offset;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;

  std::int64_t size() const;
  Operand transposed() const;
  /// Every `step`-th element of dimension d from `begin` on; `step` may be negative.
  Operand sliced(int d, std::int64_t begin, std::int64_t count, std::int64_t step = 1) const;
  /// Broadcast to a shape, right-aligned.
  Operand expanded(const std::vector<std::int64_t>& to) const;
};

std::int64_t size_of(const std::vector<std::int64_t>& shape);

/// The configuration under test.
struct Setup {
  int threads;
  Isa isa;
  /// Makes the backend; null: the processor's.
  std::unique_ptr<Backend> (*backend)() = nullptr;
};

class Driver {
 public:
  explicit Driver(const Setup& setup);
  explicit Driver(int threads, Isa isa = best_isa()) : Driver(Setup{threads, isa}) {}

  Operand empty(const std::vector<std::int64_t>& shape, DType dtype = DType::float32);
  Operand floats(const std::vector<std::int64_t>& shape, const std::vector<float>& values);
  Operand ints(const std::vector<std::int64_t>& shape, const std::vector<std::int32_t>& values);
  Operand bytes(const std::vector<std::int64_t>& shape, const std::vector<std::uint8_t>& values,
                DType dtype = DType::boolean);
  /// Uniform in [low, high), the same for the same seed.
  Operand random(const std::vector<std::int64_t>& shape, std::uint32_t seed, float low = -1,
                 float high = 1);

  /// Writes a command and returns its length.
  std::int64_t command(const std::vector<Operand>& inputs, const std::vector<Operand>& outputs,
                       const std::vector<double>& params);
  void run(const std::string& op, const std::vector<Operand>& inputs,
           const std::vector<Operand>& outputs, const std::vector<double>& params = {});

  /// The elements of a view in row-major order.
  std::vector<float> read(const Operand& view);
  std::vector<std::int32_t> read_ints(const Operand& view);
  std::vector<std::uint8_t> read_bytes(const Operand& view);

 private:
  std::vector<double> command_ = std::vector<double>(Engine::kCommandWords);

 public:
  Engine engine;  // after the command memory, of which it keeps a pointer

 private:
  template <class T>
  std::vector<T> read_as(const Operand& view, DType dtype);
};

}  // namespace carom::test
