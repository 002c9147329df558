/**
 * listing: a recording as an aligned table for people, one op per line, with times if there are any.
 */
import type { ProgramMemory, RecordedOp, TimedOp } from "./backend.js";

type Cell = string;

/** Columns of a line; numbers are aligned to the right. */
const rightAligned = [true, false, false, true, true, true, true, true];

/** The ops, with a head and a line of totals. */
export function formatListing(
  ops: readonly (RecordedOp | TimedOp)[],
  memory: ProgramMemory,
): string {
  const timed = ops.length > 0 && ops.every((op): op is TimedOp => "microseconds" in op);
  const whole = timed ? total(ops, (op) => (op as TimedOp).microseconds) : 0;
  const head = ["", "op", "shapes", "bytes", "flop"];
  const rows: Cell[][] = ops.map((op, i) => [
    String(i),
    op.op,
    op.shapes,
    scaled(op.bytes, "B"),
    op.flops > 0 ? scaled(op.flops, "") : "",
    ...(timed ? times(op as TimedOp, whole) : []),
  ]);
  const bytes = total(ops, (op) => op.bytes);
  const flops = total(ops, (op) => op.flops);
  rows.push([
    "",
    "total",
    `${ops.length} ops`,
    scaled(bytes, "B"),
    flops > 0 ? scaled(flops, "") : "",
    ...(timed ? times({ microseconds: whole, bytes, flops }, whole) : []),
  ]);
  const table = aligned([timed ? [...head, "us", "share", "speed"] : head, ...rows]);
  return `${table.join("\n")}\n${formatMemory(memory)}`;
}

function formatMemory({ heldBytes, requestedBytes, scratchBytes }: ProgramMemory): string {
  const saved = requestedBytes - heldBytes;
  const reuse = saved > 0 ? ` (${scaled(saved, "B")} saved by reuse)` : "";
  return `memory: tensors ${scaled(heldBytes, "B")}${reuse}, work space ${scaled(scratchBytes, "B")}`;
}

/** Time, share of all time, and the speed that means most: of computing, or else of moving. */
function times(
  { microseconds, bytes, flops }: Pick<TimedOp, "microseconds" | "bytes" | "flops">,
  whole: number,
): Cell[] {
  const share = whole > 0 ? `${((100 * microseconds) / whole).toFixed(1)} %` : "";
  const computing = flops > bytes;
  const rate = (computing ? flops : bytes) / (microseconds * 1000);
  const speed = Number.isFinite(rate) ? `${rate.toFixed(1)} ${computing ? "GFLOP/s" : "GB/s"}` : "";
  return [microseconds.toFixed(2), share, speed];
}

function aligned(rows: readonly Cell[][]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      return rightAligned[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
    });
    return cells.join("  ").trimEnd();
  });
}

/** `1.50 MB` and the like, by thousands. */
function scaled(value: number, unit: string): string {
  const prefixes = ["", "k", "M", "G", "T"];
  let at = 0;
  while (Math.round(value) >= 1000 && at < prefixes.length - 1) {
    value /= 1000;
    at++;
  }
  const digits = at === 0 ? String(Math.round(value)) : value.toPrecision(3);
  return `${digits} ${prefixes[at]}${unit}`.trimEnd();
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
