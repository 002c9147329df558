/**
 * Frames: how two programs talk over a pair of pipes. A frame is a length (uint32, little-endian)
 * of what follows, a type (one byte) and a body. This file knows nothing about what frames mean.
 */
import type { Readable, Writable } from "node:stream";
import { GymError } from "../errors.js";

/** One frame. */
export interface Frame {
  /** What it is; see protocol.ts. */
  readonly type: number;
  /** The rest. */
  readonly body: Buffer;
}

const HEAD = 4; // bytes of the length

/**
 * The frames of a stream, until it ends. Throws GymError PROTOCOL where a length is 0 or above
 * `limit()`, which is asked for every frame, and where the stream ends within a frame.
 */
export async function* readFrames(input: Readable, limit: () => number): AsyncGenerator<Frame> {
  let held: Buffer[] = [];
  let size = 0;
  let wanted = HEAD;
  for await (const chunk of input) {
    held.push(chunk);
    size += chunk.length;
    while (size >= wanted) {
      const bytes = held.length === 1 ? held[0] : Buffer.concat(held, size);
      const length = checkedLength(bytes.readUInt32LE(0), limit());
      wanted = HEAD + length;
      const isWhole = size >= wanted;
      if (isWhole) yield { type: bytes[HEAD], body: bytes.subarray(HEAD + 1, wanted) };
      const rest = isWhole ? bytes.subarray(wanted) : bytes;
      held = rest.length > 0 ? [rest] : [];
      size = rest.length;
      if (!isWhole) break;
      wanted = HEAD;
    }
  }
  if (size > 0) throw protocol(`the stream ended within a frame (after ${size} bytes of it)`);
}

/** Writes a frame whose body is `parts` one after the other, and waits while the stream is full. */
export async function writeFrame(
  output: Writable,
  type: number,
  parts: readonly Uint8Array[],
): Promise<void> {
  const length = 1 + parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = Buffer.allocUnsafe(HEAD + length);
  bytes.writeUInt32LE(length, 0);
  bytes[HEAD] = type;
  let at = HEAD + 1;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  if (output.destroyed || output.writableEnded) return; // nobody listens
  if (output.write(bytes)) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      output.off("drain", done);
      output.off("close", done);
      resolve();
    };
    output.on("drain", done);
    output.on("close", done);
  });
}

/** What the other program did wrong. */
export function protocol(what: string): GymError {
  return new GymError("PROTOCOL", `serve-env: ${what}`);
}

function checkedLength(length: number, limit: number): number {
  if (length >= 1 && length <= limit) return length;
  throw protocol(`a frame of a wrong length (got ${length}, expected 1 to ${limit})`);
}
