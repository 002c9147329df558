#include "binding/errors.h"

#include <new>

#include "core/error.h"

namespace carom::binding {
namespace {

[[noreturn]] void throw_javascript(Napi::Env env, const Error& error) {
  Napi::Error thrown = Napi::Error::New(env, error.what());
  thrown.Set("code", Napi::String::New(env, code_name(error.code())));
  thrown.Set("op", Napi::String::New(env, error.op()));
  throw thrown;
}

}  // namespace

void rethrow_as_javascript(Napi::Env env) {
  try {
    throw;
  } catch (const Napi::Error&) {
    throw;
  } catch (const Error& error) {
    throw_javascript(env, error);
  } catch (const std::bad_alloc&) {
    throw_javascript(env,
                     Error(ErrorCode::out_of_memory, "native", "the process is out of memory"));
  } catch (const std::exception& error) {
    throw_javascript(env, Error(ErrorCode::internal, "native", error.what()));
  }
}

}  // namespace carom::binding
