#include "test/driver.h"

#include <random>

#include "ops/registry.h"
#include "program/cpu_backend.h"

namespace carom::test {
namespace {

int code_of(const std::string& op) {
  for (int i = 0; i < op_count(); ++i) {
    if (op_entry(i).name == op) return i;
  }
  return -1;
}

void append(std::vector<double>& words, const Operand& operand) {
  words.push_back(operand.handle);
  words.push_back(static_cast<double>(operand.offset));
  words.push_back(static_cast<double>(operand.shape.size()));
  for (const std::int64_t extent : operand.shape) words.push_back(static_cast<double>(extent));
  for (const std::int64_t stride : operand.strides) words.push_back(static_cast<double>(stride));
}

}  // namespace

std::int64_t size_of(const std::vector<std::int64_t>& shape) {
  std::int64_t size = 1;
  for (const std::int64_t extent : shape) size *= extent;
  return size;
}

std::int64_t Operand::size() const { return size_of(shape); }

Operand Operand::transposed() const {
  Operand out = *this;
  std::swap(out.shape[0], out.shape[1]);
  std::swap(out.strides[0], out.strides[1]);
  return out;
}

Operand Operand::sliced(int d, std::int64_t begin, std::int64_t count, std::int64_t step) const {
  Operand out = *this;
  const auto at = static_cast<std::size_t>(d);
  out.offset += begin * strides[at];
  out.shape[at] = count;
  out.strides[at] = strides[at] * step;
  return out;
}

Operand Operand::expanded(const std::vector<std::int64_t>& to) const {
  Operand out = *this;
  out.shape = to;
  out.strides.assign(to.size(), 0);
  const std::size_t lead = to.size() - shape.size();
  for (std::size_t d = 0; d < shape.size(); ++d) {
    out.strides[lead + d] = shape[d] == 1 ? 0 : strides[d];
  }
  return out;
}

Driver::Driver(const Setup& setup)
    : engine(
          setup.backend != nullptr ? setup.backend() : make_cpu_backend(setup.threads, setup.isa),
          command_.data()) {}

Operand Driver::empty(const std::vector<std::int64_t>& shape, DType dtype) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t stride = 1;
  for (std::size_t d = shape.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= shape[d];
  }
  return {engine.alloc(dtype, size_of(shape)), dtype, 0, shape, strides};
}

Operand Driver::floats(const std::vector<std::int64_t>& shape, const std::vector<float>& values) {
  Operand out = empty(shape);
  engine.write(out.handle, 0, DType::float32, reinterpret_cast<const std::byte*>(values.data()),
               static_cast<std::int64_t>(values.size()));
  return out;
}

Operand Driver::ints(const std::vector<std::int64_t>& shape,
                     const std::vector<std::int32_t>& values) {
  Operand out = empty(shape, DType::int32);
  engine.write(out.handle, 0, DType::int32, reinterpret_cast<const std::byte*>(values.data()),
               static_cast<std::int64_t>(values.size()));
  return out;
}

Operand Driver::bytes(const std::vector<std::int64_t>& shape,
                      const std::vector<std::uint8_t>& values, DType dtype) {
  Operand out = empty(shape, dtype);
  engine.write(out.handle, 0, dtype, reinterpret_cast<const std::byte*>(values.data()),
               static_cast<std::int64_t>(values.size()));
  return out;
}

Operand Driver::random(const std::vector<std::int64_t>& shape, std::uint32_t seed, float low,
                       float high) {
  std::mt19937 generator(seed);
  std::vector<float> values(static_cast<std::size_t>(size_of(shape)));
  for (float& value : values) {
    value = low + (high - low) * static_cast<float>(generator() >> 8) * 0x1p-24f;
  }
  return floats(shape, values);
}

std::int64_t Driver::command(const std::vector<Operand>& inputs,
                             const std::vector<Operand>& outputs,
                             const std::vector<double>& params) {
  std::vector<double> words{static_cast<double>(inputs.size()),
                            static_cast<double>(outputs.size())};
  for (const Operand& operand : inputs) append(words, operand);
  for (const Operand& operand : outputs) append(words, operand);
  words.insert(words.end(), params.begin(), params.end());
  std::copy(words.begin(), words.end(), command_.begin());
  return static_cast<std::int64_t>(words.size());
}

void Driver::run(const std::string& op, const std::vector<Operand>& inputs,
                 const std::vector<Operand>& outputs, const std::vector<double>& params) {
  const std::int64_t length = command(inputs, outputs, params);
  engine.run(code_of(op), length);
}

template <class T>
std::vector<T> Driver::read_as(const Operand& view, DType dtype) {
  if (view.size() == 0) return {};
  std::int64_t low = view.offset, high = view.offset;
  for (std::size_t d = 0; d < view.shape.size(); ++d) {
    (view.strides[d] < 0 ? low : high) += view.strides[d] * (view.shape[d] - 1);
  }
  std::vector<T> storage(static_cast<std::size_t>(high - low + 1));
  engine.read(view.handle, low, dtype, reinterpret_cast<std::byte*>(storage.data()),
              high - low + 1);
  std::vector<T> out;
  std::vector<std::int64_t> index(view.shape.size(), 0);
  for (std::int64_t i = 0; i < view.size(); ++i) {
    std::int64_t at = view.offset - low;
    for (std::size_t d = 0; d < index.size(); ++d) at += index[d] * view.strides[d];
    out.push_back(storage[static_cast<std::size_t>(at)]);
    for (std::size_t d = index.size(); d-- > 0;) {
      if (++index[d] < view.shape[d]) break;
      index[d] = 0;
    }
  }
  return out;
}

std::vector<float> Driver::read(const Operand& view) {
  return read_as<float>(view, DType::float32);
}

std::vector<std::int32_t> Driver::read_ints(const Operand& view) {
  return read_as<std::int32_t>(view, DType::int32);
}

std::vector<std::uint8_t> Driver::read_bytes(const Operand& view) {
  return read_as<std::uint8_t>(view, view.dtype);
}

}  // namespace carom::test
