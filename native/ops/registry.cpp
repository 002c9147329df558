// One line per op: its name in JavaScript, its parameters, its check and its kernel. The index of a
// line is the op's code; nothing stores codes, so lines may be moved.
#include "ops/registry.h"

#include <new>
#include <type_traits>

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
#include "ops/dqn_loss.h"
#include "ops/dropout.h"
#include "ops/fill.h"
#include "ops/gather.h"
#include "ops/gru.h"
#include "ops/increment.h"
#include "ops/index_add.h"
#include "ops/index_select.h"
#include "ops/linear.h"
#include "ops/linear_backward.h"
#include "ops/linear_scan.h"
#include "ops/lstm.h"
#include "ops/matmul.h"
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

namespace carom {
namespace {

/// Turns a `Params make(call, plan, extra...)` into the registry's type-erased form.
template <class Params, auto make, auto... extra>
void prepare(const Call& call, Plan& plan, void* at) {
  static_assert(std::is_trivially_copyable_v<Params> && sizeof(Params) <= kMaxParamsBytes);
  new (at) Params(make(call, plan, extra...));
}

#if CAROM_HAVE_X86
#define CAROM_KERNELS(Params, kernel)                                        \
  {launch<Params, cpu::portable::kernel>, launch<Params, cpu::avx2::kernel>, \
   launch<Params, cpu::avx512::kernel>}
#else
#define CAROM_KERNELS(Params, kernel) {launch<Params, cpu::portable::kernel>, nullptr, nullptr}
#endif

/// An op with a check and a kernel of its own; the arguments after these are passed to `make`.
#define CAROM_OP(name, Params, make, kernel, ...)                                   \
  {name, #kernel, prepare<Params, make __VA_OPT__(, ) __VA_ARGS__>, sizeof(Params), \
   CAROM_KERNELS(Params, kernel)}
#define CAROM_UNARY(name, kind) CAROM_OP(name, UnaryParams, make_unary, unary, UnaryKind::kind)
#define CAROM_BINARY(name, kind) CAROM_OP(name, BinaryParams, make_binary, binary, BinaryKind::kind)
#define CAROM_REDUCE(name, kind) CAROM_OP(name, ReduceParams, make_reduce, reduce, ReduceKind::kind)
/// Two ops: the function and its gradient.
#define CAROM_ACTIVATION(name, kind)                                                          \
  CAROM_OP(name, ActivationParams, make_activation, activation, ActivationKind::kind, false), \
      CAROM_OP(name "Backward", ActivationParams, make_activation, activation_backward,       \
               ActivationKind::kind, true)
#define CAROM_RANDOM(name, kind) CAROM_OP(name, RandomParams, make_random, random, RandomKind::kind)

const OpEntry kOps[] = {
    CAROM_OP("fill", FillParams, make_fill, fill),
    CAROM_OP("copy", CopyParams, make_copy, copy),
    CAROM_UNARY("neg", neg),
    CAROM_UNARY("abs", abs),
    CAROM_UNARY("exp", exp),
    CAROM_UNARY("log", log),
    CAROM_UNARY("sqrt", sqrt),
    CAROM_UNARY("tanh", tanh),
    CAROM_UNARY("sigmoid", sigmoid),
    CAROM_UNARY("relu", relu),
    CAROM_UNARY("sign", sign),
    CAROM_UNARY("square", square),
    CAROM_UNARY("reciprocal", reciprocal),
    CAROM_UNARY("floor", floor),
    CAROM_UNARY("isFinite", is_finite),
    CAROM_UNARY("logicalNot", logical_not),
    CAROM_BINARY("add", add),
    CAROM_BINARY("sub", sub),
    CAROM_BINARY("mul", mul),
    CAROM_BINARY("div", div),
    CAROM_BINARY("pow", pow),
    CAROM_BINARY("minimum", minimum),
    CAROM_BINARY("maximum", maximum),
    CAROM_BINARY("equal", equal),
    CAROM_BINARY("notEqual", not_equal),
    CAROM_BINARY("less", less),
    CAROM_BINARY("lessEqual", less_equal),
    CAROM_BINARY("greater", greater),
    CAROM_BINARY("greaterEqual", greater_equal),
    CAROM_OP("where", WhereParams, make_where, where),
    CAROM_REDUCE("sum", sum),
    CAROM_REDUCE("mean", mean),
    CAROM_REDUCE("max", max),
    CAROM_REDUCE("min", min),
    CAROM_REDUCE("argmax", argmax),
    CAROM_OP("matmul", GemmParams, make_matmul, gemm),
    CAROM_OP("linear", GemmParams, make_linear, gemm),
    CAROM_OP("linearBackward", LinearBackwardParams, make_linear_backward, linear_backward),
    CAROM_OP("softmax", SoftmaxParams, make_softmax, softmax, false),
    CAROM_OP("logSoftmax", SoftmaxParams, make_softmax, softmax, true),
    CAROM_OP("softmaxBackward", SoftmaxParams, make_softmax_backward, softmax_backward, false),
    CAROM_OP("logSoftmaxBackward", SoftmaxParams, make_softmax_backward, softmax_backward, true),
    CAROM_OP("indexSelect", IndexSelectParams, make_index_select, index_select),
    CAROM_OP("indexAdd", IndexAddParams, make_index_add, index_add),
    CAROM_OP("takeAlongLast", TakeAlongLastParams, make_take_along_last, take_along_last),
    CAROM_OP("takeAlongLastBackward", TakeAlongLastParams, make_take_along_last_backward,
             take_along_last_backward),
    CAROM_OP("storeRow", StoreRowParams, make_store_row, store_row),
    CAROM_OP("increment", IncrementParams, make_increment, increment),
    CAROM_RANDOM("uniform", uniform),
    CAROM_RANDOM("normal", normal),
    CAROM_RANDOM("permutation", permutation),
    CAROM_OP("categoricalSample", CategoricalSampleParams, make_categorical_sample,
             categorical_sample),
    CAROM_OP("ppoLoss", PpoLossParams, make_ppo_loss, ppo_loss),
    CAROM_OP("clipAdam", ClipAdamParams, make_clip_adam, clip_adam),

    // --- elementwise
    CAROM_UNARY("ceil", ceil),
    CAROM_UNARY("round", round),
    CAROM_UNARY("rsqrt", rsqrt),
    CAROM_UNARY("log1p", log1p),
    CAROM_UNARY("expm1", expm1),
    CAROM_UNARY("sin", sin),
    CAROM_UNARY("cos", cos),
    CAROM_UNARY("erf", erf),
    CAROM_UNARY("isNaN", is_nan),
    CAROM_BINARY("mod", mod),
    CAROM_BINARY("floorDivide", floor_divide),
    CAROM_BINARY("logicalAnd", logical_and),
    CAROM_BINARY("logicalOr", logical_or),
    CAROM_BINARY("logicalXor", logical_xor),
    CAROM_ACTIVATION("leakyRelu", leaky_relu),
    CAROM_ACTIVATION("elu", elu),
    CAROM_ACTIVATION("gelu", gelu),
    CAROM_ACTIVATION("silu", silu),
    CAROM_ACTIVATION("softplus", softplus),

    // --- reductions and sorting
    CAROM_REDUCE("prod", prod),
    CAROM_REDUCE("any", any),
    CAROM_REDUCE("all", all),
    CAROM_REDUCE("argmin", argmin),
    CAROM_OP("cumsum", CumsumParams, make_cumsum, cumsum),
    CAROM_OP("sort", SortParams, make_sort, sort),

    // --- shapes and indexing
    CAROM_OP("gather", GatherParams, make_gather, gather),
    CAROM_OP("scatterAdd", GatherParams, make_scatter_add, scatter_add),
    CAROM_OP("oneHot", OneHotParams, make_one_hot, one_hot),
    CAROM_OP("triangle", TriangleParams, make_triangle, triangle),

    // --- products
    CAROM_OP("batchedMatmul", BatchedMatmulParams, make_batched_matmul, batched_matmul),

    // --- convolutions and pooling
    CAROM_OP("conv2d", Conv2dParams, make_conv2d, conv2d),
    CAROM_OP("convTranspose2d", Conv2dParams, make_conv_transpose2d, conv2d_backward),
    CAROM_OP("conv2dWeight", Conv2dParams, make_conv2d_weight, conv2d_backward),
    CAROM_OP("conv2dBackward", Conv2dParams, make_conv2d_backward, conv2d_backward),
    CAROM_OP("maxPool2d", Pool2dParams, make_max_pool2d, max_pool2d),
    CAROM_OP("maxPool2dBackward", Pool2dParams, make_max_pool2d_backward, max_pool2d_backward),
    CAROM_OP("maxPool2dPick", Pool2dParams, make_max_pool2d_pick, max_pool2d_pick),
    CAROM_OP("avgPool2d", Pool2dParams, make_avg_pool2d, avg_pool2d),
    CAROM_OP("avgPool2dBackward", Pool2dParams, make_avg_pool2d_backward, avg_pool2d_backward),

    // --- normalisation, losses, attention
    CAROM_OP("batchNorm", BatchNormParams, make_batch_norm, batch_norm),
    CAROM_OP("batchNormBackward", BatchNormParams, make_batch_norm_backward, batch_norm_backward),
    CAROM_OP("dqnLoss", DqnLossParams, make_dqn_loss, dqn_loss),
    CAROM_OP("dropout", DropoutParams, make_dropout, dropout),
    CAROM_OP("dropoutBackward", DropoutParams, make_dropout_backward, dropout),
    CAROM_OP("attention", AttentionParams, make_attention, attention),
    CAROM_OP("attentionBackward", AttentionParams, make_attention_backward, attention_backward),
    CAROM_OP("crossEntropy", CrossEntropyParams, make_cross_entropy, cross_entropy),
    CAROM_OP("normalize", NormalizeParams, make_normalize, normalize),
    CAROM_OP("normalizeBackward", NormalizeParams, make_normalize_backward, normalize_backward),

    // --- recurrence
    CAROM_OP("gruSequence", GruParams, make_gru, gru),
    CAROM_OP("gruSequenceBackward", GruBackwardParams, make_gru_backward, gru_backward),
    CAROM_OP("lstmSequence", LstmParams, make_lstm, lstm),
    CAROM_OP("lstmSequenceBackward", LstmBackwardParams, make_lstm_backward, lstm_backward),
    CAROM_OP("linearScan", LinearScanParams, make_linear_scan, linear_scan),
    CAROM_OP("minGruScan", MinGruParams, make_min_gru, min_gru),
    CAROM_OP("minGruScanBackward", MinGruBackwardParams, make_min_gru_backward, min_gru_backward),

    // --- optimisers
    CAROM_OP("clipSgd", ClipSgdParams, make_clip_sgd, clip_sgd),
    CAROM_OP("clipRmsprop", ClipRmspropParams, make_clip_rmsprop, clip_rmsprop),
};

}  // namespace

int op_count() { return static_cast<int>(sizeof(kOps) / sizeof(kOps[0])); }

const OpEntry& op_entry(int code) { return kOps[code]; }

}  // namespace carom
