#include "cuda/table.h"

#include "ops/activation.h"
#include "ops/batch_norm.h"
#include "ops/batched_matmul.h"
#include "ops/binary.h"
#include "ops/categorical_sample.h"
#include "ops/copy.h"
#include "ops/cumsum.h"
#include "ops/fill.h"
#include "ops/normalize.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/sort.h"
#include "ops/gemm.h"
#include "ops/gru.h"
#include "ops/linear_backward.h"
#include "ops/lstm.h"
#include "ops/min_gru.h"
#include "ops/dropout.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/increment.h"
#include "ops/index_add.h"
#include "ops/index_select.h"
#include "ops/one_hot.h"
#include "ops/random.h"
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
};

}  // namespace

const TableEntry* find_entry(std::string_view kernel) {
  for (const TableEntry& entry : kTable) {
    if (entry.kernel == kernel) return &entry;
  }
  return nullptr;
}

}  // namespace carom::cuda
