/** A clip as a WebM film: the browser's own encoder, VP9 or else VP8. */
import { ArrayBufferTarget, Muxer } from "webm-muxer";
import type { ClipPainter, ClipPlan } from "./clip.js";
import type { Progress } from "./gif.js";

/** Codecs in the order in which they are tried: the browser's name, the file's name. */
const CODECS = [
  ["vp09.00.31.08", "V_VP9"],
  ["vp8", "V_VP8"],
] as const;
/** Bits per second; flat boards need a fraction of it. */
const BITRATE = 4_000_000;
/** Pictures from one that stands alone to the next. */
const KEY_EVERY = 90;
/** Pictures that may wait for the encoder. */
const MOST_WAITING = 8;
const MICROSECONDS = 1e6;

/** Throws an Error with a sentence for the reader where this browser cannot. */
export async function makeWebm(
  painter: ClipPainter,
  plan: ClipPlan,
  progress: Progress = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = painter;
  const [codec, name] = await codecFor(width, height);
  const target = new ArrayBufferTarget();
  const muxer = new Muxer({ target, video: { codec: name, width, height } });
  let failure: unknown;
  const encoder = new VideoEncoder({
    output: (chunk, meta) => muxer.addVideoChunk(chunk, meta),
    error: (error) => {
      failure = error;
    },
  });
  encoder.configure({ codec, width, height, bitrate: BITRATE, latencyMode: "quality" });
  const rgba = new Uint8Array(4 * width * height).fill(255);
  const count = plan.positions.length;
  for (let i = 0; i <= count; i++) {
    // The last picture again at its end: a film ends with its last picture.
    const rgb = painter.paint(plan.positions[Math.min(i, count - 1)]);
    for (let p = 0, q = 0; p < rgb.length; p += 3, q += 4) {
      rgba[q] = rgb[p];
      rgba[q + 1] = rgb[p + 1];
      rgba[q + 2] = rgb[p + 2];
    }
    const timestamp = Math.round(plan.times[i] * MICROSECONDS);
    const layout = { format: "RGBX", codedWidth: width, codedHeight: height, timestamp } as const;
    const frame = new VideoFrame(rgba, layout);
    encoder.encode(frame, { keyFrame: i % KEY_EVERY === 0 });
    frame.close();
    while (encoder.encodeQueueSize > MOST_WAITING && failure === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    if (failure !== undefined) throw failure;
    await progress(i / count);
  }
  await encoder.flush();
  encoder.close();
  muxer.finalize();
  return new Uint8Array(target.buffer);
}

async function codecFor(width: number, height: number): Promise<(typeof CODECS)[number]> {
  if (typeof VideoEncoder === "function") {
    for (const pair of CODECS) {
      const wish = { codec: pair[0], width, height, bitrate: BITRATE };
      if ((await VideoEncoder.isConfigSupported(wish)).supported) return pair;
    }
  }
  throw new Error("This browser cannot encode WebM films. A GIF can be made everywhere.");
}
