// The addon's entry point: one function, no state of its own, so that every worker thread may load
// it.
#include <napi.h>

#include "binding/core_object.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("createCore", Napi::Function::New<carom::binding::create_core>(env, "createCore"));
  return exports;
}

}  // namespace

NODE_API_MODULE(carom_native, init)
