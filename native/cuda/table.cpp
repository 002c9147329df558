#include "cuda/table.h"

#include "ops/activation.h"
#include "ops/binary.h"
#include "ops/categorical_sample.h"
#include "ops/copy.h"
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
