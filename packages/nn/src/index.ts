/** @carom/nn: the public surface, by name. No logic here. */
export { Adam, type AdamOptions, type AdamState, adamDefaults } from "./adam.js";
export { categoricalEntropy, categoricalLogProb } from "./categorical.js";
export { NnError, type NnErrorCode } from "./errors.js";
export { GRU } from "./gru.js";
export {
  fanInInit,
  type Initializer,
  orthogonalInit,
  rowBlocks,
  uniformInit,
  zerosInit,
} from "./initializers.js";
export { Linear, type LinearLayerOptions } from "./linear.js";
export { LSTM } from "./lstm.js";
export { MinGRU } from "./min-gru.js";
export { type MlpOptions, mlp } from "./mlp.js";
export {
  disposeModule,
  type Layer,
  type Module,
  Parameter,
  parametersOf,
  parameterTensors,
} from "./module.js";
export { flatten, ParameterBuffer, type ParameterSlot } from "./parameter-buffer.js";
export type { RecurrentLayerOptions, RecurrentPassOptions } from "./recurrent.js";
export {
  decodeSafetensors,
  encodeSafetensors,
  type SafetensorsData,
  type SafetensorsDtype,
  type SafetensorsFile,
  type SafetensorsTensor,
} from "./safetensors.js";
export { constantSchedule, cosineSchedule, linearSchedule, type Schedule } from "./schedules.js";
export { Sequential } from "./sequential.js";
export { loadParameters, saveParameters } from "./state.js";
