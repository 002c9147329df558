// The addon's entry point: two functions, no state of its own, so that every worker thread may load
// it.
#include <napi.h>

#include "binding/core_object.h"
#include "binding/cuda_report.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("createCore", Napi::Function::New<carom::binding::create_core>(env, "createCore"));
  exports.Set("inspectCuda", Napi::Function::New<carom::binding::cuda_report>(env, "inspectCuda"));
  return exports;
}

}  // namespace

NODE_API_MODULE(carom_native, init)
