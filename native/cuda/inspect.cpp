#include "cuda/inspect.h"

#include "core/error.h"
#include "core/text.h"
#include "cuda/launch.h"

namespace carom::cuda {
namespace {

__global__ void probe_kernel() {}

/// "13.0" of CUDA's 13000.
std::string version_text(int version) { return text(version / 1000, ".", version % 1000 / 10); }

/// Why there is no device at all.
std::string missing(cudaError_t error, int driver, int runtime) {
  if (driver == 0) return "no NVIDIA driver was found on this machine (libcuda.so.1)";
  if (error == cudaErrorInsufficientDriver) {
    return text("the NVIDIA driver is too old (got CUDA ", version_text(driver), ", expected ",
                version_text(runtime), " or newer)");
  }
  if (error == cudaErrorNoDevice) {
    return "the NVIDIA driver sees no GPU (is CUDA_VISIBLE_DEVICES empty?)";
  }
  return text("the NVIDIA driver refuses: ", cudaGetErrorString(error), " (",
              cudaGetErrorName(error), ")");
}

/// Whether the library holds code for the current device; the reason if not.
std::string unusable(const CudaDevice& device) {
  cudaFuncAttributes attributes{};
  const cudaError_t error = cudaFuncGetAttributes(&attributes, probe_kernel);
  if (error == cudaSuccess) return "";
  cudaGetLastError();
  if (error != cudaErrorNoKernelImageForDevice && error != cudaErrorInvalidDeviceFunction) {
    return text(cudaGetErrorString(error), " (", cudaGetErrorName(error), ")");
  }
  return text(device.name, " has compute capability ", device.major, ".", device.minor,
              ", and the CUDA library is built for ", CAROM_ARCHITECTURES,
              ": build it again with CAROM_CUDA_ARCHITECTURES=", device.major, device.minor);
}

CudaDevice inspect_device(int index) {
  CudaDevice device;
  cudaDeviceProp properties{};
  cudaError_t error = cudaGetDeviceProperties(&properties, index);
  if (error == cudaSuccess) {
    device.name = properties.name;
    device.major = properties.major;
    device.minor = properties.minor;
    device.memory = properties.totalGlobalMem;
    error = cudaSetDevice(index);
  }
  if (error == cudaSuccess) {
    device.problem = unusable(device);
  } else {
    cudaGetLastError();
    device.problem = text(cudaGetErrorString(error), " (", cudaGetErrorName(error), ")");
  }
  return device;
}

}  // namespace

CudaFacts inspect_devices() {
  CudaFacts facts;
  facts.architectures = CAROM_ARCHITECTURES;
  cudaRuntimeGetVersion(&facts.runtime);
  cudaDriverGetVersion(&facts.driver);
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess || count == 0) {
    cudaGetLastError();
    facts.problem = missing(error, facts.driver, facts.runtime);
    return facts;
  }
  for (int i = 0; i < count; ++i) facts.devices.push_back(inspect_device(i));
  for (const CudaDevice& device : facts.devices) {
    if (device.problem.empty()) return facts;
  }
  facts.problem = facts.devices[0].problem;
  return facts;
}

void require_device(int index) {
  const CudaFacts facts = inspect_devices();
  const auto count = static_cast<int>(facts.devices.size());
  std::string problem = facts.problem;
  if (count > 0 && index >= count) {
    problem = text("no GPU number ", index, " (this machine has ", count, ")");
  } else if (count > 0) {
    problem = facts.devices[static_cast<std::size_t>(index)].problem;
  }
  if (!problem.empty()) throw Error(ErrorCode::internal, "open", problem);
}

}  // namespace carom::cuda
