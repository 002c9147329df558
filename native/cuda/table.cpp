#include "cuda/table.h"

#include "ops/activation.h"
#include "ops/attention.h"
#include "ops/binary.h"
#include "ops/clip_adam.h"
#include "ops/clip_rmsprop.h"
#include "ops/clip_sgd.h"
#include "ops/conv2d.h"
#include "ops/copy.h"
#include "ops/cross_entropy.h"
#include "ops/dqn_loss.h"
#include "ops/fill.h"
#include "ops/pool2d.h"
#include "ops/ppo_loss.h"
#include "ops/unary.h"
#include "ops/where.h"

namespace carom::cuda {
namespace {

template <class Params, void (*function)(const Params&, Launch&)>
void call(const void* params, Launch& launch) {
  function(*static_cast<const Params*>(params), launch);
}

#define CAROM_ROW(Params, name) {#name, call<Params, name>, false}
/// A kernel that reports indices out of range.
#define CAROM_CHECKED_ROW(Params, name) {#name, call<Params, name>, true}

const TableEntry kTable[] = {
    CAROM_ROW(FillParams, fill),
    CAROM_ROW(CopyParams, copy),
    CAROM_ROW(UnaryParams, unary),
    CAROM_ROW(BinaryParams, binary),
    CAROM_ROW(WhereParams, where),
    CAROM_ROW(ActivationParams, activation),
    CAROM_ROW(ActivationParams, activation_backward),
    CAROM_ROW(ClipAdamParams, clip_adam),
    CAROM_ROW(ClipRmspropParams, clip_rmsprop),
    CAROM_ROW(ClipSgdParams, clip_sgd),
    CAROM_CHECKED_ROW(PpoLossParams, ppo_loss),
    CAROM_CHECKED_ROW(CrossEntropyParams, cross_entropy),
    CAROM_CHECKED_ROW(DqnLossParams, dqn_loss),
    CAROM_ROW(Pool2dParams, max_pool2d),
    CAROM_CHECKED_ROW(Pool2dParams, max_pool2d_backward),
    CAROM_CHECKED_ROW(Pool2dParams, max_pool2d_pick),
    CAROM_ROW(Pool2dParams, avg_pool2d),
    CAROM_ROW(Pool2dParams, avg_pool2d_backward),
    CAROM_ROW(Conv2dParams, conv2d),
    CAROM_ROW(Conv2dParams, conv2d_backward),
    CAROM_ROW(AttentionParams, attention),
    CAROM_ROW(AttentionParams, attention_backward),
};

}  // namespace

const TableEntry* find_entry(std::string_view kernel) {
  for (const TableEntry& entry : kTable) {
    if (entry.kernel == kernel) return &entry;
  }
  return nullptr;
}

}  // namespace carom::cuda
