/**
 * Where the status appears. On a terminal one block is redrawn in place below whatever was printed
 * before; in a pipe (or with TERM=dumb) a plain line is printed now and then. Colours are left out
 * when NO_COLOR is set (https://no-color.org).
 */
import { colours, type Paint, plain } from "../format.js";
import { renderBlock, renderLine, type Snapshot } from "./block.js";

/** What the terminal needs of an output stream; process.stdout is one. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Environment variables that matter here. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Seconds between two lines in a pipe. */
const lineEvery = 5;
/** Seconds between two redraws of the block. */
const redrawEvery = 0.2;

/** True where a block can be redrawn in place. */
export function isInteractive(output: Output, environment: Environment): boolean {
  return output.isTTY === true && environment.TERM !== "dumb";
}

/** The styles that suit an output. */
export function paintFor(output: Output, environment: Environment): Paint {
  const refused = environment.NO_COLOR !== undefined && environment.NO_COLOR !== "";
  return isInteractive(output, environment) && !refused ? colours : plain;
}

/** A place for lines that stay and one status that changes. */
export interface StatusDisplay {
  readonly paint: Paint;
  /** Shows a snapshot if the last one is old enough, or training was paused or goes on. `now` in seconds. */
  show(snapshot: Snapshot, now: number): void;
  /** Prints a line that stays, above the block. */
  print(line: string): void;
  /** Shows the last snapshot for good; what is printed afterwards stands below it. */
  end(): void;
}

/** The display for an output: block or plain lines. */
export function createDisplay(output: Output, environment: Environment): StatusDisplay {
  const paint = paintFor(output, environment);
  return isInteractive(output, environment) ? blockDisplay(output, paint) : lineDisplay(output);
}

function blockDisplay(output: Output, paint: Paint): StatusDisplay {
  let height = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  let latest: Snapshot | undefined;
  const clear = (): string => (height === 0 ? "" : `\u001b[${height}A\u001b[0J`);
  const draw = (): string => {
    if (latest === undefined) return "";
    // A terminal that does not know its width says 0; the last column is left free of line breaks.
    const lines = renderBlock(latest, (output.columns || 80) - 1, paint);
    height = lines.length;
    return `${lines.join("\n")}\n`;
  };
  const redraw = (above: string): void => {
    const start = clear();
    height = 0;
    output.write(start + above + draw());
  };
  return {
    paint,
    show(snapshot, now) {
      const isTurn = latest !== undefined && latest.isPaused !== snapshot.isPaused;
      latest = snapshot;
      if (!isTurn && now - shownAt < redrawEvery) return;
      shownAt = now;
      redraw("");
    },
    print: (line) => redraw(`${line}\n`),
    end() {
      redraw("");
      latest = undefined;
      height = 0;
    },
  };
}

function lineDisplay(output: Output): StatusDisplay {
  let shownAt = Number.NEGATIVE_INFINITY;
  let pending: Snapshot | undefined;
  let wasPaused: boolean | undefined;
  return {
    paint: plain,
    show(snapshot, now) {
      const isTurn = shownAt > Number.NEGATIVE_INFINITY && wasPaused !== snapshot.isPaused;
      wasPaused = snapshot.isPaused;
      pending = snapshot;
      if (!isTurn && now - shownAt < lineEvery) return;
      shownAt = now;
      pending = undefined;
      output.write(`${renderLine(snapshot)}\n`);
    },
    print: (line) => output.write(`${line}\n`),
    end() {
      if (pending !== undefined) output.write(`${renderLine(pending)}\n`);
      pending = undefined;
    },
  };
}
