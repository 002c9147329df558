/** The whole text for each target: definitions, the fixed parts (cpp/) and the game's own. */
import { actionBytes, boardWindow, digitEdges, type PixelOptions, pixelFormat } from "@carom/envs";
import { cppPart } from "../disk.js";
import type { Site } from "../ir/ir.js";
import type { Column } from "../layout.js";
import { type Translated, writeProgram } from "./program.js";
import { cppName, elementType, literal } from "./types.js";

/** How the text is written. */
export interface TextOptions {
  /** Whether indices out of range, endless loops and `throw` are found while it runs. */
  readonly checked: boolean;
  /** Size and colours of the pictures. */
  readonly pixels: PixelOptions;
  /** Threads of a block, on a GPU. */
  readonly threadsPerBlock: number;
}

/** A text and the places in it that are guarded. */
export interface EmittedText {
  readonly text: string;
  readonly guarded: readonly Site[];
}

const LOOP_LIMIT = 1_000_000;

/** C++ for the host: a program that plays at random and prints hashes (cpp/oracle.h). */
export function hostText(game: Translated, options: TextOptions): EmittedText {
  const { text, guarded } = writeProgram(game, "host", options.checked);
  const parts = [
    heading(game, "g++ -std=c++17 -O1 -ffp-contract=off"),
    "#include <math.h>",
    "#define CAROM_FN static inline",
    "#define CAROM_BIG static",
    "#define CAROM_LOOP",
    "#define CAROM_METHOD inline",
    "#define CAROM_TABLE(type, name) static const type name[]",
    "#define CAROM_AT(i) (i)",
    "#define CAROM_STRIDE 1",
    "#define CAROM_LANES 1",
    "#define CAROM_SYNC ((void)0)",
    definitions(game, options),
    `#define CAROM_FAULT(g) ${options.checked ? "(g).fault" : "0"}`,
    cppPart("numbers.h"),
    cppPart("canvas.h"),
    text,
    hashing(game),
    cppPart("oracle.h"),
  ];
  return { text: `${parts.join("\n")}\n`, guarded: [...guarded] };
}

/** What a C++ compiler that stands in for CUDA's lacks. */
const PLAIN_COMPILER = [
  "#else",
  "#include <math.h>",
  "#undef __noinline__",
  "#define __noinline__",
];

/** CUDA C++: the kernels of cpp/kernels.cuh. It includes nothing, so NVRTC takes it as it is. */
export function cudaText(game: Translated, options: TextOptions): EmittedText {
  const { text, guarded } = writeProgram(game, "cuda", options.checked);
  const parts = [
    heading(game, "nvcc -cubin --fmad=false"),
    "#ifdef __CUDACC__",
    "#pragma nv_diag_suppress 177",
    ...PLAIN_COMPILER,
    "#endif",
    "#define CAROM_FN static __device__ __forceinline__",
    "#define CAROM_BIG static __device__ __noinline__",
    '#define CAROM_LOOP _Pragma("unroll 1")',
    "#define CAROM_METHOD __device__ __forceinline__",
    "#define CAROM_TABLE(type, name) static __device__ const type name[]",
    "#define CAROM_AT(i) ((long long)(i) * g.stride)",
    "#define CAROM_STRIDE g.stride",
    "#ifndef CAROM_LANES",
    "#define CAROM_LANES 32",
    "#endif",
    "#define CAROM_SYNC __syncwarp()",
    `#define CAROM_THREADS ${options.threadsPerBlock}`,
    definitions(game, options),
    cppPart("numbers.h"),
    cppPart("canvas.h"),
    cppPart("key.h"),
    text,
    columns(game),
    cppPart("kernels.cuh"),
  ];
  return { text: `${parts.join("\n")}\n`, guarded: [...guarded] };
}

function heading({ spec }: Translated, command: string): string {
  return `/* ${spec.title} (${spec.id}, ${spec.variant}, version ${spec.version}), translated by @carom/compiler.\n * ${command} */`;
}

function definitions({ spec }: Translated, { checked, pixels }: TextOptions): string {
  const format = pixelFormat(pixels);
  const window = boardWindow(format, spec.board);
  const real = (value: number): string => literal(value, "f64");
  const edges = digitEdges.flatMap((one) => Array.from(one));
  const starts = [0];
  for (const one of digitEdges) starts.push(starts[starts.length - 1] + one.length / 3);
  return [
    `#define CAROM_CHECKED ${checked ? 1 : 0}`,
    `#define CAROM_LOOP_LIMIT ${LOOP_LIMIT}`,
    `#define CAROM_CLEAR_FAULT ${checked ? "g.fault = 0" : "(void)g"}`,
    `#define CAROM_ACTION_BYTES ${actionBytes(spec.actions)}`,
    `#define CAROM_ACTION ${spec.actions.kind === "box" ? "float" : "int"}`,
    `#define CAROM_WIDTH ${format.width}`,
    `#define CAROM_HEIGHT ${format.height}`,
    `#define CAROM_CHANNELS ${format.channels}`,
    `#define CAROM_LEFT ${window.left}`,
    `#define CAROM_TOP ${window.top}`,
    `#define CAROM_RIGHT ${window.right}`,
    `#define CAROM_BOTTOM ${window.bottom}`,
    `#define CAROM_SCALE_X ${real((window.right - window.left) / spec.board.width)}`,
    `#define CAROM_SCALE_Y ${real((window.bottom - window.top) / spec.board.height)}`,
    `#define CAROM_DIGIT_EDGES = {${edges.join(", ")}}`,
    `#define CAROM_DIGIT_STARTS = {${starts.join(", ")}}`,
  ].join("\n");
}

/** The member that a column is. */
function member({ program }: Translated, { name }: Column): string {
  const plain = cppName(name);
  if (plain === name) return `f_${plain}`;
  const all = [...program.fields, ...program.arrays];
  return `f_${plain}_${all.findIndex((one) => one.name === name)}`;
}

function hashing(game: Translated): string {
  const lines = game.layout.columns.map((column) => {
    const name = `g.${member(game, column)}`;
    if (column.kind === "array") return `  h.elements(${name}, ${column.length});`;
    return `  h.add(${name});`;
  });
  const text = ["template <class H>", "static void carom_hash_state(H& h, const CaromGame& g) {"];
  return [...text, "  (void)h, (void)g;", ...lines, "}"].join("\n");
}

/** Between a game's columns and the registers of its thread. */
function columns(game: Translated): string {
  const attach = ["  (void)state, (void)env;", "  g.stride = n;", "  CAROM_CLEAR_FAULT;"];
  const restore = ["  (void)g, (void)state, (void)n, (void)env;"];
  const save = [...restore];
  const copy = ["  (void)to, (void)from, (void)n, (void)env;"];
  for (const column of game.layout.columns) {
    const name = `g.${member(game, column)}`;
    const type = elementType(column.element);
    const at = `(${type}*)(state + n * ${column.offset}) + env`;
    const [target, source] = ["to", "from"].map((one) => at.replace("state", one));
    const loop = `for (long long i = 0; i < ${column.length}; i++)`;
    copy.push(`  ${loop} (${target})[i * n] = (${source})[i * n];`);
    if (column.kind === "array") attach.push(`  ${name} = ${at};`);
    else if (column.kind === "boolean") {
      restore.push(`  ${name} = *(${at}) != 0;`);
      save.push(`  *(${at}) = ${name} ? 1 : 0;`);
    } else {
      restore.push(`  ${name} = *(${at});`);
      save.push(`  *(${at}) = ${name};`);
    }
  }
  const params = "unsigned char* state, long long n, long long env";
  return [
    `CAROM_FN void carom_attach(CaromGame& g, ${params}) {\n${attach.join("\n")}\n}`,
    `CAROM_FN void carom_restore(CaromGame& g, ${params}) {\n${restore.join("\n")}\n}`,
    `CAROM_FN void carom_save(const CaromGame& g, ${params}) {\n${save.join("\n")}\n}`,
    `CAROM_FN void carom_copy(unsigned char* to, unsigned char* from, long long n, long long env) {\n${copy.join("\n")}\n}`,
  ].join("\n\n");
}
