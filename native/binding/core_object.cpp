#include "binding/core_object.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "binding/arguments.h"
#include "binding/cuda_library.h"
#include "binding/errors.h"
#include "core/cores.h"
#include "core/error.h"
#include "core/text.h"
#include "ops/registry.h"
#include "program/cpu_backend.h"
#include "program/engine.h"

namespace carom::binding {
namespace {

constexpr std::int64_t kMaxInteger = std::int64_t{1} << 52;
constexpr std::int64_t kMostGpus = 1024;

/// What the methods of one core share; it lives as long as any of its methods does.
struct CoreState {
  Napi::Reference<Napi::Value> command;  // keeps the command memory alive
  std::unique_ptr<Engine> engine;        // null once disposed
};

using Shared = std::shared_ptr<CoreState>;

Engine& engine_of(const Napi::CallbackInfo& info, const char* op) {
  CoreState& state = **static_cast<Shared*>(info.Data());
  if (!state.engine) throw Error(ErrorCode::invalid_argument, op, "the core was disposed");
  return *state.engine;
}

/// Calls method(engine), which returns nothing, with its errors mapped.
template <class Method>
Napi::Value call(const Napi::CallbackInfo& info, const char* op, Method method) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    method(engine_of(info, op));
    return info.Env().Undefined();
  });
}

/// Calls method(engine), which returns a Napi value, with its errors mapped.
template <class Method>
Napi::Value ask(const Napi::CallbackInfo& info, const char* op, Method method) {
  return guarded(info.Env(), [&]() -> Napi::Value { return method(engine_of(info, op)); });
}

Napi::Value run(const Napi::CallbackInfo& info) {
  return call(info, "run", [&](Engine& engine) {
    const std::int64_t op = integer(info[0], "run", "op", 0, op_count() - 1);
    engine.run(op, integer(info[1], "run", "length", 0, Engine::kCommandWords));
  });
}

Napi::Value alloc(const Napi::CallbackInfo& info) {
  return ask(info, "alloc", [&](Engine& engine) {
    const std::int64_t dtype = integer(info[0], "alloc", "dtype", 0, kDTypeCount - 1);
    const std::int64_t count = integer(info[1], "alloc", "count", 0, kMaxInteger);
    return Napi::Number::New(info.Env(), engine.alloc(static_cast<DType>(dtype), count));
  });
}

Napi::Value adopt(const Napi::CallbackInfo& info) {
  return ask(info, "adopt", [&](Engine& engine) {
    const ArrayView view = shared_array(info[0], "adopt", "view");
    auto kept = std::make_shared<Napi::Reference<Napi::Value>>(
        Napi::Reference<Napi::Value>::New(info[0], 1));
    const double handle =
        engine.adopt(view.data, view.dtype, view.count, [kept] { kept->Reset(); });
    return Napi::Number::New(info.Env(), handle);
  });
}

Napi::Value free_handle(const Napi::CallbackInfo& info) {
  return call(info, "free",
              [&](Engine& engine) { engine.free(number(info, 0, "free", "handle")); });
}

Napi::Value write(const Napi::CallbackInfo& info) {
  return call(info, "write", [&](Engine& engine) {
    const double handle = number(info, 0, "write", "handle");
    const std::int64_t offset = integer(info[1], "write", "offset", 0, kMaxInteger);
    const ArrayView source = typed_array(info[2], "write", "source");
    engine.write(handle, offset, source.dtype, source.data, source.count);
  });
}

Napi::Value read(const Napi::CallbackInfo& info) {
  return call(info, "read", [&](Engine& engine) {
    const double handle = number(info, 0, "read", "handle");
    const std::int64_t offset = integer(info[1], "read", "offset", 0, kMaxInteger);
    const ArrayView target = typed_array(info[2], "read", "target");
    engine.read(handle, offset, target.dtype, target.data, target.count);
  });
}

Napi::Value compile(const Napi::CallbackInfo& info) {
  return ask(info, "compile", [&](Engine& engine) {
    const std::string source = text_argument(info[0], "compile", "source");
    const std::string name = text_argument(info[1], "compile", "name");
    const std::vector<std::byte> code = engine.compile(source, name);
    Napi::Uint8Array out = Napi::Uint8Array::New(info.Env(), code.size());
    std::copy(code.begin(), code.end(), reinterpret_cast<std::byte*>(out.Data()));
    return out;
  });
}

Napi::Value load(const Napi::CallbackInfo& info) {
  return ask(info, "load", [&](Engine& engine) {
    const ArrayView code = typed_array(info[0], "load", "code");
    if (code.dtype != DType::uint8) {
      throw Error(ErrorCode::dtype_mismatch, "load", "code is not a Uint8Array");
    }
    return Napi::Number::New(info.Env(), engine.load({code.data, code.data + code.count}));
  });
}

Napi::Value find_kernel(const Napi::CallbackInfo& info) {
  return ask(info, "findKernel", [&](Engine& engine) {
    const double module = number(info, 0, "findKernel", "module");
    const std::string name = text_argument(info[1], "findKernel", "name");
    return Napi::Number::New(info.Env(), engine.find_kernel(module, name));
  });
}

Napi::Value launch_kernel(const Napi::CallbackInfo& info) {
  return call(info, "launch", [&](Engine& engine) {
    engine.launch(integer(info[0], "launch", "length", 0, Engine::kCommandWords));
  });
}

Napi::Value begin_recording(const Napi::CallbackInfo& info) {
  return call(info, "beginRecording", [](Engine& engine) { engine.begin_recording(); });
}

Napi::Value end_recording(const Napi::CallbackInfo& info) {
  return ask(info, "endRecording",
             [&](Engine& engine) { return Napi::Number::New(info.Env(), engine.end_recording()); });
}

Napi::Value abort_recording(const Napi::CallbackInfo& info) {
  return call(info, "abortRecording", [](Engine& engine) { engine.abort_recording(); });
}

Napi::Value replay(const Napi::CallbackInfo& info) {
  return call(info, "replay",
              [&](Engine& engine) { engine.replay(number(info, 0, "replay", "program")); });
}

Napi::Value start(const Napi::CallbackInfo& info) {
  return call(info, "start",
              [&](Engine& engine) { engine.start(number(info, 0, "start", "program")); });
}

Napi::Value wait(const Napi::CallbackInfo& info) {
  return call(info, "wait",
              [&](Engine& engine) { engine.wait(number(info, 0, "wait", "program")); });
}

Napi::Value free_program(const Napi::CallbackInfo& info) {
  return call(info, "freeProgram", [&](Engine& engine) {
    engine.free_program(number(info, 0, "freeProgram", "program"));
  });
}

Napi::Value describe(const Napi::CallbackInfo& info) {
  return ask(info, "describe", [&](Engine& engine) {
    Napi::Array steps = Napi::Array::New(info.Env());
    std::uint32_t i = 0;
    for (const StepFacts& facts : engine.describe(number(info, 0, "describe", "program"))) {
      Napi::Object step = Napi::Object::New(info.Env());
      step.Set("op", facts.op);
      step.Set("shapes", facts.shapes);
      step.Set("bytes", facts.bytes);
      step.Set("flops", facts.flops);
      steps.Set(i++, step);
    }
    return steps;
  });
}

Napi::Value program_memory(const Napi::CallbackInfo& info) {
  return ask(info, "programMemory", [&](Engine& engine) {
    const ProgramMemory memory = engine.program_memory(number(info, 0, "programMemory", "program"));
    Napi::Object out = Napi::Object::New(info.Env());
    out.Set("heldBytes", static_cast<double>(memory.held));
    out.Set("requestedBytes", static_cast<double>(memory.requested));
    out.Set("scratchBytes", static_cast<double>(memory.scratch));
    return out;
  });
}

Napi::Value profile(const Napi::CallbackInfo& info) {
  return ask(info, "profile", [&](Engine& engine) {
    const double program = number(info, 0, "profile", "program");
    const std::int64_t runs = integer(info[1], "profile", "runs", 1, Engine::kMaxProfileRuns);
    const std::vector<double> times = engine.profile(program, static_cast<int>(runs));
    Napi::Array out = Napi::Array::New(info.Env(), times.size());
    std::uint32_t i = 0;
    for (const double time : times) out.Set(i++, time);
    return out;
  });
}

Napi::Value begin_trace(const Napi::CallbackInfo& info) {
  return call(info, "beginTrace", [&](Engine& engine) { engine.begin_trace(); });
}

Napi::Value end_trace(const Napi::CallbackInfo& info) {
  return ask(info, "endTrace", [&](Engine& engine) {
    const Trace trace = engine.end_trace();
    Napi::Array out = Napi::Array::New(info.Env(), 1 + 3 * trace.replays.size());
    std::uint32_t i = 0;
    out.Set(i++, trace.length);
    for (const TracedReplay& one : trace.replays) {
      for (const double value : {one.program, one.start, one.end}) out.Set(i++, value);
    }
    return out;
  });
}

Napi::Value memory(const Napi::CallbackInfo& info) {
  return ask(info, "memory", [&](Engine& engine) {
    const MemoryFigures figures = engine.memory();
    Napi::Object out = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, auto value) {
      out.Set(name, static_cast<double>(value));
    };
    set("liveHandles", engine.live_handles());
    set("liveBytes", figures.live_bytes);
    set("cachedBytes", figures.cached_bytes);
    set("peakBytes", figures.peak_bytes);
    set("allocations", engine.allocations());
    set("systemAllocations", figures.system_allocations);
    return out;
  });
}

Napi::Value set_limit(const Napi::CallbackInfo& info) {
  return call(info, "setLimit", [&](Engine& engine) {
    const double bytes = number(info, 0, "setLimit", "bytes");
    const bool none = bytes > static_cast<double>(kMaxInteger);
    const std::size_t limit = std::numeric_limits<std::size_t>::max() / 2;
    engine.set_limit(
        none ? limit
             : static_cast<std::size_t>(integer(info[0], "setLimit", "bytes", 0, kMaxInteger)));
  });
}

Napi::Value facts(const Napi::CallbackInfo& info) {
  return ask(info, "info", [&](Engine& engine) {
    Napi::Object out = Napi::Object::New(info.Env());
    const BackendFacts facts = engine.facts();
    out.Set("isa", facts.isa);
    out.Set("threads", facts.threads);
    if (!facts.name.empty()) out.Set("gpu", facts.name);
    out.Set("version", CAROM_VERSION);
    return out;
  });
}

/// Idempotent: everything of the core goes, its methods stay and say so.
Napi::Value dispose(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    CoreState& state = **static_cast<Shared*>(info.Data());
    state.engine.reset();
    return info.Env().Undefined();
  });
}

Isa isa_option(const Napi::Object& options) {
  const Napi::Value value = options.Get("isa");
  if (value.IsUndefined()) return best_isa();
  const std::string name = value.IsString() ? value.As<Napi::String>().Utf8Value() : "";
  if (name == "auto") return best_isa();
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    const char* own = isa == Isa::portable ? "portable" : isa_name(isa);
    if (name == own && isa_supported(isa)) return isa;
    if (name == own) {
      throw Error(ErrorCode::invalid_argument, "createCore", text("this processor has no ", name));
    }
  }
  throw Error(ErrorCode::invalid_argument, "createCore",
              text("unknown isa (got \"", name, "\", expected auto, avx512, avx2 or portable)"));
}

int threads_option(const Napi::Object& options) {
  const Napi::Value value = options.Get("threads");
  if (!value.IsUndefined()) {
    return static_cast<int>(integer(value, "createCore", "threads", 1, Engine::kMaxThreads));
  }
  return std::min(usable_cores(), Engine::kMaxThreads);
}

std::string text_option(const Napi::Object& options, const char* name, const char* otherwise) {
  const Napi::Value value = options.Get(name);
  if (value.IsUndefined()) return otherwise;
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  throw Error(ErrorCode::invalid_argument, "createCore", text(name, " is not a string"));
}

Precision precision_option(const Napi::Object& options) {
  const std::string name = text_option(options, "precision", "float32");
  if (name == "float32") return Precision::float32;
  if (name == "tf32") return Precision::tf32;
  if (name == "bfloat16") return Precision::bfloat16;
  throw Error(
      ErrorCode::invalid_argument, "createCore",
      text("unknown precision (got \"", name, "\", expected float32, tf32 or bfloat16)"));
}

CudaOptions cuda_options(const Napi::Object& options) {
  CudaOptions out;
  const Napi::Value index = options.Get("index");
  if (!index.IsUndefined()) {
    out.device = static_cast<int>(integer(index, "createCore", "index", 0, kMostGpus - 1));
  }
  out.debug = options.Get("debug").ToBoolean();
  out.precision = precision_option(options);
  return out;
}

std::unique_ptr<Backend> make_backend(const Napi::Object& options) {
  const std::string kind = text_option(options, "device", "cpu");
  if (kind == "cpu") return make_cpu_backend(threads_option(options), isa_option(options));
  if (kind == "cuda") {
    return open_cuda(text_option(options, "cudaLibrary", ""), cuda_options(options));
  }
  throw Error(ErrorCode::invalid_argument, "createCore",
              text("unknown device (got \"", kind, "\", expected cpu or cuda)"));
}

/// Adds a method that keeps `state` alive.
template <Napi::Value (*callback)(const Napi::CallbackInfo&)>
void add_method(Napi::Object& object, const char* name, const Shared& state) {
  auto* data = new Shared(state);
  Napi::Function method = Napi::Function::New<callback>(object.Env(), name, data);
  method.AddFinalizer([](Napi::Env, Shared* held) { delete held; }, data);
  object.Set(name, method);
}

void add_methods(Napi::Object& core, const Shared& state) {
  add_method<run>(core, "run", state);
  add_method<alloc>(core, "alloc", state);
  add_method<adopt>(core, "adopt", state);
  add_method<free_handle>(core, "free", state);
  add_method<write>(core, "write", state);
  add_method<read>(core, "read", state);
  add_method<compile>(core, "compile", state);
  add_method<load>(core, "load", state);
  add_method<find_kernel>(core, "findKernel", state);
  add_method<launch_kernel>(core, "launch", state);
  add_method<begin_recording>(core, "beginRecording", state);
  add_method<end_recording>(core, "endRecording", state);
  add_method<abort_recording>(core, "abortRecording", state);
  add_method<replay>(core, "replay", state);
  add_method<start>(core, "start", state);
  add_method<wait>(core, "wait", state);
  add_method<free_program>(core, "freeProgram", state);
  add_method<describe>(core, "describe", state);
  add_method<program_memory>(core, "programMemory", state);
  add_method<profile>(core, "profile", state);
  add_method<begin_trace>(core, "beginTrace", state);
  add_method<end_trace>(core, "endTrace", state);
  add_method<memory>(core, "memory", state);
  add_method<set_limit>(core, "setLimit", state);
  add_method<facts>(core, "info", state);
  add_method<dispose>(core, "dispose", state);
}

Napi::Array op_names(Napi::Env env) {
  Napi::Array names = Napi::Array::New(env, static_cast<std::size_t>(op_count()));
  for (int i = 0; i < op_count(); ++i) names.Set(static_cast<std::uint32_t>(i), op_entry(i).name);
  names.Freeze();
  return names;
}

}  // namespace

Napi::Value create_core(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsObject()) {
      throw Error(ErrorCode::invalid_argument, "createCore", "options is not an object");
    }
    const ArrayView command = shared_array(info[1], "createCore", "command");
    if (command.dtype != DType::float64 || command.count != Engine::kCommandWords) {
      throw Error(ErrorCode::invalid_argument, "createCore",
                  text("command is not a Float64Array of ", Engine::kCommandWords));
    }
    const auto options = info[0].As<Napi::Object>();
    const auto state = std::make_shared<CoreState>();
    state->command = Napi::Reference<Napi::Value>::New(info[1], 1);
    state->engine =
        std::make_unique<Engine>(make_backend(options),
                                 reinterpret_cast<const double*>(command.data));
    Napi::Object core = Napi::Object::New(info.Env());
    core.Set("opNames", op_names(info.Env()));
    core.Set("command", info[1]);
    add_methods(core, state);
    return core;
  });
}

}  // namespace carom::binding
