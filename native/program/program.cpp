#include "program/program.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "ops/call.h"

namespace carom {
namespace {

/// The memory ranges of one phase, from the operand bits it declared.
std::vector<Access> phase_accesses(const Call& call, const PhaseUse& use, const Step& step) {
  std::vector<Access> accesses;
  const auto add = [&](const TensorView& view, OperandMask bit) {
    if (view.size == 0 || ((use.reads | use.writes) & bit) == 0) return;
    const int dimension = (use.transposed & bit) != 0 ? 1 : 0;
    const bool by_rows =
        (use.by_rows & bit) != 0 && view.rank > dimension && view.strides[dimension] > 0;
    const auto item = static_cast<std::int64_t>(dtype_size(view.dtype));
    accesses.push_back({view.begin, view.end, (use.writes & bit) != 0, by_rows ? use.row_count : 0,
                        by_rows ? view.strides[dimension] * item : 0});
  };
  for (int i = 0; i < call.input_count(); ++i) add(call.in(i), input_bit(i));
  for (int i = 0; i < call.output_count(); ++i) add(call.out(i), output_bit(i));
  if (step.scratch != nullptr && ((use.reads | use.writes) & kScratch) != 0) {
    const std::byte* end = step.scratch + step.plan.scratch_bytes;
    accesses.push_back({step.scratch, end, (use.writes & kScratch) != 0, 0, 0});
  }
  return accesses;
}

std::string shapes_of(const Call& call) {
  std::string out;
  for (int i = 0; i < call.input_count(); ++i) out += (i > 0 ? ", " : "") + call.in(i).shape_text();
  out += out.empty() ? "->" : " ->";
  for (int i = 0; i < call.output_count(); ++i) {
    out += (i > 0 ? ", " : " ") + call.out(i).shape_text();
  }
  return out;
}

double bytes_of(const Call& call) {
  double bytes = 0;
  const auto add = [&](const TensorView& view) {
    bytes += static_cast<double>(view.size) * static_cast<double>(dtype_size(view.dtype));
  };
  for (int i = 0; i < call.input_count(); ++i) add(call.in(i));
  for (int i = 0; i < call.output_count(); ++i) add(call.out(i));
  return bytes;
}

}  // namespace

Program::Program(Backend& backend, Allocator& allocator, HandleTable& handles)
    : backend_(backend), allocator_(allocator), handles_(handles), pool_(allocator.open_pool()) {}

Program::~Program() {
  for (Storage* storage : kept_) handles_.release(*storage);
  for (const Block& block : scratch_) allocator_.release(block, nullptr);
  allocator_.close_pool(pool_);
  allocator_.release_pool(pool_);
}

void Program::keep(Storage& storage) {
  // Memory from the private pool stays with the pool, whoever holds it; a reference on it would
  // only keep a temporary from being reused.
  if (storage.pool == pool_) return;
  if (std::find(kept_.begin(), kept_.end(), &storage) != kept_.end()) return;
  kept_.push_back(&storage);
  handles_.retain(storage);
}

StepView Program::add(const OpEntry& op, const Call& call, const Plan& plan, const void* params) {
  Step step;
  step.op = &op;
  step.plan = plan;
  step.params.resize(op.params_bytes);
  std::memcpy(step.params.data(), params, op.params_bytes);
  step.adopted = call.touches_adopted();
  if (plan.scratch_bytes > 0 && backend_.uses_scratch()) {
    // Never a block that temporaries of the recording used: sharing it would order steps that are
    // independent.
    scratch_.push_back(allocator_.allocate(plan.scratch_bytes, nullptr));
    step.scratch = scratch_.back().data;
  }
  for (int phase = 0; phase < plan.phase_count; ++phase) {
    step.accesses.push_back(phase_accesses(call, plan.phases[phase].use, step));
  }
  step.shapes = shapes_of(call);
  step.bytes = bytes_of(call);
  for (int i = 0; i < call.input_count(); ++i) keep(call.input_storage(i));
  for (int i = 0; i < call.output_count(); ++i) keep(call.output_storage(i));
  steps_.push_back(std::move(step));
  return steps_.back().view();
}

Replay& Program::replay() {
  if (!replay_) replay_ = backend_.prepare(steps_, fault_);
  return *replay_;
}

ProgramMemory Program::memory() const {
  std::size_t scratch = 0;
  for (const Block& block : scratch_) scratch += block.bytes;
  return {pool_->held_bytes(), pool_->requested_bytes(), scratch};
}

std::vector<double> Program::profile(int runs) {
  using Clock = std::chrono::steady_clock;
  std::vector<std::vector<double>> times(steps_.size());
  for (int run = 0; run < runs && !fault_.raised(); ++run) {
    for (std::size_t i = 0; i < steps_.size() && !fault_.raised(); ++i) {
      const auto start = Clock::now();
      backend_.run(steps_[i].view(), fault_);
      backend_.finish();
      times[i].push_back(std::chrono::duration<double, std::nano>(Clock::now() - start).count());
    }
  }
  std::vector<double> medians;
  for (std::vector<double>& own : times) {
    const auto middle = own.begin() + static_cast<std::ptrdiff_t>(own.size() / 2);
    std::nth_element(own.begin(), middle, own.end());
    medians.push_back(own.empty() ? 0 : *middle);
  }
  return medians;
}

std::vector<StepFacts> Program::facts() const {
  std::vector<StepFacts> facts;
  for (const Step& step : steps_) {
    facts.push_back({step.op->name, step.shapes, step.bytes, step.plan.flops});
  }
  return facts;
}

}  // namespace carom
