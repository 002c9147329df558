// What gru, lstm and minGru share: sizes, resets and the checks on dense operands.
//
// T steps, B sequences side by side, H units. reset [T, B] says where the state is zeroed before a
// step. The recurrent product packs its weights first, unless there are only a few rows to multiply;
// then every rank takes some of the sequences through all steps, so that no rank waits for another.
#pragma once

#include "core/team.h"
#include "ops/call.h"

namespace carom {

struct Sequence {
  std::int64_t steps, batch, units;
  const std::uint8_t* reset;  // null: none
  bool packed;                // the weights are packed in phase 0

  /// Whether the state of sequence b is zeroed before step t.
  CAROM_INLINE bool resets(std::int64_t t, std::int64_t b) const {
    return reset != nullptr && reset[t * batch + b] != 0;
  }
};

/// Sequences that a rank takes through the steps together.
inline constexpr std::int64_t kSequenceBlock = 64;

/// Rows in all from which on it pays to pack the weights.
inline constexpr std::int64_t kRowsWorthPacking = 8;

/// Sizes from `like` [T, B, H] or [T, B, n * H]; checks `state` [B, H].
Sequence make_sequence(const Call& call, const TensorView& projected, const TensorView& state,
                       std::int64_t gates);

/// Checks and takes `reset`, bool [T, B].
void set_reset(const Call& call, const TensorView& reset, Sequence& sequence);

/// A dense float32 view of this shape.
float* dense_floats(const Call& call, const TensorView& view, const char* name,
                    std::initializer_list<std::int64_t> shape);

/// Phases: packing of `packed_floats` of weights (if the sequence is packed), then the steps.
/// `row_floats`: scratch of one sequence. `flops` of the products, `elements` of the gates.
void plan_sequence(const Sequence& sequence, Plan& plan, std::int64_t packed_floats,
                   std::int64_t row_floats, double flops, double elements);

}  // namespace carom
