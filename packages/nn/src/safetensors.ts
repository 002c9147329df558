/**
 * safetensors: reading and writing the format of that name. Pure TypeScript, runs in a browser.
 *
 *   u64 LE: length n of the header | n bytes of JSON | data, little-endian
 *   JSON: name -> {dtype, shape, data_offsets: [start, end]}, and "__metadata__": strings by name
 *
 * A file may come from anywhere, and nothing in it is trusted: every size is checked before memory is
 * taken, and the tensors must tile the data without holes or overlaps. The header has a parser of
 * its own (safetensors-header.ts), which refuses what JSON.parse would let through.
 *
 * Small floats that JavaScript has no arrays for (F16, BF16, F8_E4M3, F8_E5M2) are read as float32,
 * which holds each of them exactly; they are not written.
 */
import { NnError } from "./errors.js";
import { type HeaderEntry, parseHeader } from "./safetensors-header.js";
import { smallFloats } from "./small-floats.js";

/** Element types of the format that JavaScript has typed arrays for. */
export type SafetensorsDtype =
  | ("float64" | "float32" | "int64" | "uint64" | "int32" | "uint32")
  | ("int16" | "uint16" | "int8" | "uint8" | "bool");

/** A typed array with the elements of a tensor; `bool` is a Uint8Array of 0 and 1. */
export type SafetensorsData =
  | (Float64Array | Float32Array | BigInt64Array | BigUint64Array | Int32Array | Uint32Array)
  | (Int16Array | Uint16Array | Int8Array | Uint8Array);

/** One tensor of a file. */
export interface SafetensorsTensor {
  /** Type of the elements. */
  dtype: SafetensorsDtype;
  /** Sizes of the dimensions; [] is a scalar. */
  shape: readonly number[];
  /** Elements in row-major order. */
  data: SafetensorsData;
}

/** The contents of a file. Both objects have no prototype. */
export interface SafetensorsFile {
  /** The tensors by name. */
  tensors: Record<string, SafetensorsTensor>;
  /** Free text by name. */
  metadata: Record<string, string>;
}

/** The most bytes a header may have. */
const maxHeaderBytes = 16 * 2 ** 20;
const lengthBytes = 8;

interface Layout {
  readonly code: string;
  readonly bytes: number;
  readonly make: (buffer: ArrayBuffer) => SafetensorsData;
}

const layouts: { readonly [K in SafetensorsDtype]: Layout } = {
  float64: { code: "F64", bytes: 8, make: (buffer) => new Float64Array(buffer) },
  float32: { code: "F32", bytes: 4, make: (buffer) => new Float32Array(buffer) },
  int64: { code: "I64", bytes: 8, make: (buffer) => new BigInt64Array(buffer) },
  uint64: { code: "U64", bytes: 8, make: (buffer) => new BigUint64Array(buffer) },
  int32: { code: "I32", bytes: 4, make: (buffer) => new Int32Array(buffer) },
  uint32: { code: "U32", bytes: 4, make: (buffer) => new Uint32Array(buffer) },
  int16: { code: "I16", bytes: 2, make: (buffer) => new Int16Array(buffer) },
  uint16: { code: "U16", bytes: 2, make: (buffer) => new Uint16Array(buffer) },
  int8: { code: "I8", bytes: 1, make: (buffer) => new Int8Array(buffer) },
  uint8: { code: "U8", bytes: 1, make: (buffer) => new Uint8Array(buffer) },
  bool: { code: "BOOL", bytes: 1, make: (buffer) => new Uint8Array(buffer) },
};

const dtypeNames = Object.keys(layouts) as SafetensorsDtype[];
const dtypeByCode: ReadonlyMap<string, SafetensorsDtype> = new Map(
  dtypeNames.map((name) => [layouts[name].code, name]),
);

/** The bytes of a file with these tensors. Tensors are ordered by element size, then by name. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafetensorsTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = Object.entries(tensors).sort(([nameA, a], [nameB, b]) => {
    const bySize = layouts[b.dtype].bytes - layouts[a.dtype].bytes;
    return bySize !== 0 ? bySize : nameA < nameB ? -1 : 1;
  });
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) header.set("__metadata__", metadata);
  let end = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    checkTensor(name, { dtype, shape, data });
    const start = end;
    end += data.byteLength;
    header.set(name, { dtype: layouts[dtype].code, shape, data_offsets: [start, end] });
  }
  const json = `{${Array.from(header, ([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`)}}`;
  const text = new TextEncoder().encode(json);
  // Padding keeps the data aligned to 8 bytes.
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const out = new Uint8Array(lengthBytes + headerBytes + end).fill(
    0x20,
    lengthBytes,
    lengthBytes + headerBytes,
  );
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes), true);
  out.set(text, lengthBytes);
  let at = lengthBytes + headerBytes;
  for (const [, { data }] of entries) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

/**
 * The tensors and metadata of a file. Data is copied out of `bytes`.
 *
 * @throws NnError (`SAFETENSORS_INVALID`) with the reason, for anything that is not a valid file.
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsFile {
  const headerBytes = headerLength(bytes);
  const body = bytes.subarray(lengthBytes + headerBytes);
  const header = parseHeader(bytes.subarray(lengthBytes, lengthBytes + headerBytes));
  checkTiling(header.entries, body.length);
  const tensors: Record<string, SafetensorsTensor> = Object.create(null);
  for (const entry of header.entries) {
    tensors[entry.name] = decodeTensor(entry, body);
  }
  return { tensors, metadata: header.metadata };
}

function decodeTensor(entry: HeaderEntry, body: Uint8Array): SafetensorsTensor {
  const { name, dtype: code, shape, offsets } = entry;
  const copy = () => new Uint8Array(body.subarray(...offsets)); // slice() of a Buffer is no copy
  const small = smallFloats.get(code);
  if (small !== undefined) {
    checkSize(entry, small.bytes);
    return { dtype: "float32", shape, data: small.decode(copy()) };
  }
  const dtype = dtypeByCode.get(code);
  if (dtype === undefined) {
    invalid(`"${name}" has an unsupported dtype (got "${code}")`);
  }
  checkSize(entry, layouts[dtype].bytes);
  return { dtype, shape, data: layouts[dtype].make(copy().buffer) };
}

function headerLength(bytes: Uint8Array): number {
  if (bytes.length < lengthBytes) {
    invalid(`the file is too short (got ${bytes.length} bytes, expected at least ${lengthBytes})`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    invalid(`the header is too long (got ${length} bytes, expected <= ${maxHeaderBytes})`);
  }
  if (length > BigInt(bytes.length - lengthBytes)) {
    invalid(`the file ends inside its header (got ${bytes.length} bytes, header ${length})`);
  }
  return Number(length);
}

/** The tensors, in order of their offsets, must cover the data exactly once. */
function checkTiling(entries: readonly HeaderEntry[], bodyBytes: number): void {
  const sorted = [...entries].sort(
    (a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  );
  let end = 0;
  for (const { name, offsets } of sorted) {
    if (offsets[0] !== end || offsets[1] < offsets[0]) {
      invalid(
        `"${name}" leaves a hole or overlaps (got offsets [${offsets}], expected to start at ${end})`,
      );
    }
    end = offsets[1];
  }
  if (end !== bodyBytes) {
    invalid(`the data has the wrong length (got ${bodyBytes} bytes, the header says ${end})`);
  }
}

function checkSize({ name, shape, offsets }: HeaderEntry, bytesPerElement: number): void {
  // Sizes are bounded one by one, so that the product cannot leave the exact range unnoticed.
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (count > Number.MAX_SAFE_INTEGER) invalid(`"${name}" has too many elements`);
  }
  if (count * bytesPerElement !== offsets[1] - offsets[0]) {
    invalid(
      `"${name}" has the wrong length (got ${offsets[1] - offsets[0]} bytes, ` +
        `expected ${count * bytesPerElement} for [${shape}])`,
    );
  }
}

function checkTensor(name: string, { dtype, shape, data }: SafetensorsTensor): void {
  if (name === "__metadata__" || name === "__proto__") {
    throw new NnError("INVALID_ARGUMENT", "encodeSafetensors", `the name "${name}" is reserved`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const fresh = layouts[dtype].make(new ArrayBuffer(0));
  if (data.constructor !== fresh.constructor || data.length !== count) {
    throw new NnError(
      "INVALID_ARGUMENT",
      "encodeSafetensors",
      `"${name}" does not fit (got ${data.constructor.name} of ${data.length}, expected ` +
        `${fresh.constructor.name} of ${count} for ${dtype} [${shape}])`,
    );
  }
}

function invalid(problem: string): never {
  throw new NnError("SAFETENSORS_INVALID", "decodeSafetensors", problem);
}
