// What JavaScript is told about the GPUs of this machine.
#pragma once

#include <napi.h>

namespace carom::binding {

/// inspectCuda(path of libcarom_cuda) of index.d.ts.
Napi::Value cuda_report(const Napi::CallbackInfo& info);

}  // namespace carom::binding
