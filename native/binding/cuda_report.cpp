#include "binding/cuda_report.h"

#include "binding/cuda_library.h"
#include "binding/errors.h"
#include "core/error.h"
#include "core/text.h"

namespace carom::binding {
namespace {

/// "13.0" of CUDA's 13000; undefined for 0.
Napi::Value version_of(Napi::Env env, int number) {
  if (number == 0) return env.Undefined();
  return Napi::String::New(env, text(number / 1000, ".", number % 1000 / 10));
}

void set_text(Napi::Object& object, const char* name, const std::string& value) {
  if (!value.empty()) object.Set(name, value);
}

Napi::Object device_object(Napi::Env env, const CudaDevice& device) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("name", device.name);
  out.Set("computeCapability", text(device.major, ".", device.minor));
  out.Set("memoryBytes", static_cast<double>(device.memory));
  set_text(out, "problem", device.problem);
  return out;
}

Napi::Object library_object(Napi::Env env, const LibraryReport& library) {
  Napi::Object out = Napi::Object::New(env);
  out.Set("name", library.name);
  out.Set("found", library.found);
  set_text(out, "path", library.path);
  set_text(out, "version", library.version);
  set_text(out, "reason", library.reason);
  return out;
}

}  // namespace

Napi::Value cuda_report(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsString()) {
      throw Error(ErrorCode::invalid_argument, "inspectCuda", "path is not a string");
    }
    const CudaReport report = inspect_cuda(info[0].As<Napi::String>().Utf8Value());
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("built", report.built);
    set_text(out, "problem", report.facts.problem);
    set_text(out, "architectures", report.facts.architectures);
    out.Set("runtime", version_of(info.Env(), report.facts.runtime));
    out.Set("driver", version_of(info.Env(), report.facts.driver));
    Napi::Array devices = Napi::Array::New(info.Env());
    for (const CudaDevice& device : report.facts.devices) {
      devices.Set(devices.Length(), device_object(info.Env(), device));
    }
    out.Set("devices", devices);
    Napi::Array libraries = Napi::Array::New(info.Env());
    for (const LibraryReport& library : report.facts.libraries) {
      libraries.Set(libraries.Length(), library_object(info.Env(), library));
    }
    out.Set("libraries", libraries);
    return out;
  });
}

}  // namespace carom::binding
