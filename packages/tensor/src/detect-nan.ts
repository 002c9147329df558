/**
 * detect-nan: finding the op that made the first NaN.
 *
 * Every op of a device is followed by a look at its results, forward and backward. That is slow and
 * meant for the hour in which a loss has become NaN: run one step inside `detectNaN`.
 */
import { backwardOf } from "./autograd/tape.js";
import { NanCheckingBackend, type NanFinding } from "./backends/nan-checking.js";
import type { Device } from "./device.js";
import { CaptureError, DisposedError, NanError } from "./errors.js";
import { formatShape } from "./shape.js";

/**
 * Runs `fn` and checks the float results of each op on `device` for NaN (infinities may pass).
 * Returns what `fn` returns. Values that come from the host are not looked at, the first op that
 * reads them is.
 *
 * @throws NanError at the first op with a NaN in its result: its name, shapes, the place of the NaN,
 *   which inputs had one already, and the op whose gradient was being computed, if any.
 * @throws CaptureError during `capture`, and for `capture` and `replay` inside.
 */
export function detectNaN<T>(device: Device, fn: () => T): T {
  if (device.disposed) throw new DisposedError("detectNaN", "the device is disposed");
  if (device.recording) {
    throw new CaptureError(
      "detectNaN",
      "cannot look at values while recording; put detectNaN around the function, without capture",
    );
  }
  const { backend } = device;
  device.backend = new NanCheckingBackend(backend, report);
  try {
    return fn();
  } finally {
    device.backend = backend;
  }
}

function report({ op, inputs, outputs, output, index, tainted }: NanFinding): never {
  const rule = backwardOf();
  const shapes = (views: NanFinding["inputs"]) => views.map((v) => formatShape(v.shape)).join(", ");
  const where = rule === undefined ? "" : `, in the gradient of ${rule}`;
  const which = outputs.length > 1 ? ` of output ${output}` : "";
  const blame =
    tainted.length === 0 ? "no input had one" : `input ${tainted.join(" and ")} had one already`;
  const call = `${inputs.length === 0 ? "" : `${shapes(inputs)} `}-> ${shapes(outputs)}`;
  throw new NanError(op, `NaN at ${formatShape(index)}${which}${where} (${call}; ${blame})`, {
    rule,
    index,
    tainted,
  });
}
