// The one place where native errors become JavaScript errors.
#pragma once

#include <napi.h>

#include <utility>

namespace carom::binding {

/// Throws, as a JavaScript Error with `code` and `op`, the C++ exception that is being handled.
[[noreturn]] void rethrow_as_javascript(Napi::Env env);

/// Runs `body`; whatever it throws reaches JavaScript as an Error with a code.
template <class Body>
Napi::Value guarded(Napi::Env env, Body body) {
  try {
    return body();
  } catch (...) {
    rethrow_as_javascript(env);
  }
}

}  // namespace carom::binding
