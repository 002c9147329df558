#include "cuda/table.h"

#include "ops/activation.h"
#include "ops/attention.h"
#include "ops/batch_norm.h"
#include "ops/batched_matmul.h"
#include "ops/binary.h"
#include "ops/categorical_sample.h"
#include "ops/clip_adam.h"
#include "ops/clip_rmsprop.h"
#include "ops/clip_sgd.h"
#include "ops/conv2d.h"
#include "ops/copy.h"
#include "ops/cross_entropy.h"
#include "ops/cumsum.h"
#include "ops/custom_kernel.h"
#include "ops/dqn_loss.h"
#include "ops/dropout.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/gemm.h"
#include "ops/gru.h"
#include "ops/increment.h"
#include "ops/index_add.h"
#include "ops/index_select.h"
#include "ops/linear_backward.h"
#include "ops/linear_scan.h"
#include "ops/lstm.h"
#include "ops/min_gru.h"
#include "ops/normalize.h"
#include "ops/one_hot.h"
#include "ops/pool2d.h"
#include "ops/ppo_loss.h"
#include "ops/random.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/sort.h"
#include "ops/store_row.h"
#include "ops/take_along_last.h"
#include "ops/triangle.h"
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
    CAROM_ROW(CustomKernelParams, custom_kernel),
    CAROM_ROW(FillParams, fill),
    CAROM_ROW(CopyParams, copy),
    CAROM_ROW(UnaryParams, unary),
    CAROM_ROW(BinaryParams, binary),
    CAROM_ROW(WhereParams, where),
    CAROM_ROW(ActivationParams, activation),
    CAROM_ROW(ActivationParams, activation_backward),
    CAROM_ROW(ReduceParams, reduce),
    CAROM_ROW(SoftmaxParams, softmax),
    CAROM_ROW(SoftmaxParams, softmax_backward),
    CAROM_ROW(CumsumParams, cumsum),
    CAROM_ROW(SortParams, sort),
    CAROM_ROW(NormalizeParams, normalize),
    CAROM_ROW(NormalizeParams, normalize_backward),
    CAROM_ROW(BatchNormParams, batch_norm),
    CAROM_ROW(BatchNormParams, batch_norm_backward),
    CAROM_ROW(GemmParams, gemm),
    CAROM_ROW(LinearBackwardParams, linear_backward),
    CAROM_ROW(BatchedMatmulParams, batched_matmul),
    CAROM_ROW(GruParams, gru),
    CAROM_ROW(GruBackwardParams, gru_backward),
    CAROM_ROW(LstmParams, lstm),
    CAROM_ROW(LstmBackwardParams, lstm_backward),
    CAROM_ROW(LinearScanParams, linear_scan),
    CAROM_ROW(MinGruParams, min_gru),
    CAROM_ROW(MinGruBackwardParams, min_gru_backward),
    CAROM_CHECKED_ROW(IndexSelectParams, index_select),
    CAROM_CHECKED_ROW(IndexAddParams, index_add),
    CAROM_CHECKED_ROW(TakeAlongLastParams, take_along_last),
    CAROM_CHECKED_ROW(TakeAlongLastParams, take_along_last_backward),
    CAROM_ROW(StoreRowParams, store_row),
    CAROM_ROW(IncrementParams, increment),
    CAROM_CHECKED_ROW(GatherParams, gather),
    CAROM_CHECKED_ROW(GatherParams, scatter_add),
    CAROM_CHECKED_ROW(OneHotParams, one_hot),
    CAROM_ROW(TriangleParams, triangle),
    CAROM_ROW(RandomParams, random),
    CAROM_ROW(CategoricalSampleParams, categorical_sample),
    CAROM_ROW(DropoutParams, dropout),
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
