/**
 * traceReplays: when each recording ran on its device, so that a timeline can be drawn and idle time be seen. Not here: the
 * ops of one recording (Recording.profile).
 */
import type { Device } from "./device.js";

/** One replay of a recording, in seconds from the beginning of the trace. */
export interface ReplaySpan {
  /** Name of the recording. */
  readonly name: string;
  /** When its first op could begin. */
  readonly start: number;
  /** When its last op had ended; on a processor, of a recording that was started, when it was waited for. */
  readonly end: number;
}

/** What {@link traceReplays} found. */
export interface ReplayTrace {
  /** The replays in order, 100,000 of them at most; those of recordings that were disposed meanwhile are left out. */
  readonly spans: readonly ReplaySpan[];
  /** Seconds from the beginning to when the device had done all that `fn` gave it. */
  readonly seconds: number;
  /** Share of that time in which a recording ran, 0 to 1. What runs eagerly counts as idle. */
  readonly busy: number;
}

/**
 * Runs `fn` and tells when the device ran which recording; by its own clock where it is a GPU. Costs about a microsecond per
 * replay.
 *
 * @throws CaptureError inside of a capture or of another trace
 */
export function traceReplays(device: Device, fn: () => void): ReplayTrace {
  const { backend } = device;
  backend.beginTrace();
  let found: readonly number[] = [];
  try {
    fn();
  } finally {
    found = backend.endTrace();
  }
  const spans: ReplaySpan[] = [];
  for (let i = 1; i < found.length; i += 3) {
    const name = device.recordings.get(found[i]);
    if (name !== undefined)
      spans.push({ name, start: found[i + 1] / 1e9, end: found[i + 2] / 1e9 });
  }
  const seconds = found[0] / 1e9;
  const ran = spans.reduce((sum, { start, end }) => sum + end - start, 0);
  return { spans, seconds, busy: seconds > 0 ? Math.min(1, ran / seconds) : 0 };
}
