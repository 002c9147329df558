// Plan: how one call of an op is to be executed: its phases, what each touches, how much work it
// is. The executor runs phases in order; between two phases it puts a barrier only where one
// touches what the other wrote. An op with a single phase that reads its inputs and writes its
// outputs says only the work.
#pragma once

#include <cstddef>
#include <cstdint>

namespace carom {

inline constexpr int kMaxInputs = 16;
inline constexpr int kMaxOutputs = 15;
inline constexpr int kMaxPhases = 4;

/// Bits that name operands in PhaseUse.
using OperandMask = std::uint32_t;
constexpr OperandMask input_bit(int i) { return 1u << i; }
constexpr OperandMask output_bit(int i) { return 1u << (kMaxInputs + i); }
inline constexpr OperandMask kAllInputs = (1u << kMaxInputs) - 1;
inline constexpr OperandMask kAllOutputs = ((1u << kMaxOutputs) - 1) << kMaxInputs;
inline constexpr OperandMask kScratch = 1u << 31;

/// What a phase touches. A written operand may also be read.
struct PhaseUse {
  OperandMask reads = kAllInputs;
  OperandMask writes = kAllOutputs;
  /// Operands of which every rank touches only the rows Team::rows(row_count) gives it. A phase
  /// that names some may be called for a few rows at a time.
  OperandMask by_rows = 0;
  /// Those of them whose rows lie along dimension 1.
  OperandMask transposed = 0;
  std::int64_t row_count = 0;
};

struct Phase {
  double nanoseconds;  // estimate for one core; decides how many ranks take part
  PhaseUse use;
};

struct Plan {
  int phase_count = 0;
  Phase phases[kMaxPhases];
  std::size_t scratch_bytes = 0;
  double flops = 0;  // for describe()

  void phase(double nanoseconds, const PhaseUse& use = {}) {
    phases[phase_count++] = {nanoseconds, use};
  }
};

/// Rough costs per element, in nanoseconds of one core.
namespace cost {
inline constexpr double kElement = 0.1;  // load, a few operations, store
inline constexpr double kMathElement = 0.5;
inline constexpr double kStridedElement = 1.0;
inline constexpr double kFlop = 0.01;
inline constexpr double kForeignElement = 0.25;  // last written by another core
}  // namespace cost

}  // namespace carom
