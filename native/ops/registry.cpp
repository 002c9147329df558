// One line per op: its name in JavaScript, its parameters, its check and its kernel. The index of a line
// is the op's code; nothing stores codes, so lines may be moved.
#include "ops/registry.h"

#include <new>
#include <type_traits>

#include "ops/binary.h"
#include "ops/copy.h"
#include "ops/fill.h"
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
#define CAROM_KERNELS(Params, kernel)                                                    \
  {                                                                                      \
    launch<Params, cpu::portable::kernel>, launch<Params, cpu::avx2::kernel>,            \
        launch<Params, cpu::avx512::kernel>                                              \
  }
#else
#define CAROM_KERNELS(Params, kernel) {launch<Params, cpu::portable::kernel>, nullptr, nullptr}
#endif

#define CAROM_OP(name, Params, make, kernel) \
  {name, prepare<Params, make>, sizeof(Params), CAROM_KERNELS(Params, kernel)}
#define CAROM_UNARY(name, kind) \
  {name, prepare<UnaryParams, make_unary, UnaryKind::kind>, sizeof(UnaryParams), \
   CAROM_KERNELS(UnaryParams, unary)}
#define CAROM_BINARY(name, kind) \
  {name, prepare<BinaryParams, make_binary, BinaryKind::kind>, sizeof(BinaryParams), \
   CAROM_KERNELS(BinaryParams, binary)}

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
};

}  // namespace

int op_count() { return static_cast<int>(sizeof(kOps) / sizeof(kOps[0])); }

const OpEntry& op_entry(int code) { return kOps[code]; }

}  // namespace carom
