// createCore(): builds the JavaScript object of one Engine (native/index.d.ts describes it).
#pragma once

#include <napi.h>

namespace carom::binding {

/// Arguments: options {threads?, isa?} and the Float64Array for commands, over a SharedArrayBuffer.
Napi::Value create_core(const Napi::CallbackInfo& info);

}  // namespace carom::binding
