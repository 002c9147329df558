#include "cuda/table.h"

#include "ops/activation.h"
#include "ops/batch_norm.h"
#include "ops/binary.h"
#include "ops/copy.h"
#include "ops/cumsum.h"
#include "ops/fill.h"
#include "ops/normalize.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/sort.h"
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
};

}  // namespace

const TableEntry* find_entry(std::string_view kernel) {
  for (const TableEntry& entry : kTable) {
    if (entry.kernel == kernel) return &entry;
  }
  return nullptr;
}

}  // namespace carom::cuda
