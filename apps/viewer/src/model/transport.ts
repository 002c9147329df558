/**
 * Playback as a state machine: live, playing, paused; a place in an episode; a speed. Pure: time
 * comes in as seconds, nothing goes out but the next state.
 *
 *   [T1] live     plays the newest finished episode and goes on to the next newest when it ends
 *   [T2] playing  plays a chosen episode and stays at its end
 *   [T3] paused   stands on a whole decision, so the picture is exactly that of the recording
 *   [T4] any seek leaves live; what was moving goes on moving
 *   [T5] "live" returns to live, whatever came before
 *   [T6] at the end, play starts again from the beginning
 */

/** live: follows the training; playing: plays the chosen episode; paused: stands still. */
export type Mode = "live" | "playing" | "paused";

export interface Transport {
  readonly mode: Mode;
  /**
   * Decisions played, fractional while moving: 2.5 is half way between the pictures after decisions
   * 2 and 3.
   */
  readonly position: number;
  /** Decisions in the episode; 0 while there is none. */
  readonly length: number;
  /** Decisions per second at speed 1. */
  readonly rate: number;
  /** Times real time. */
  readonly speed: number;
}

export type Action =
  | { readonly type: "toggle" | "play" | "pause" | "live" | "home" | "finish" }
  /** Move by seconds of the game. */
  | { readonly type: "nudge"; readonly seconds: number }
  /** Move by decisions and stand still. */
  | { readonly type: "frame"; readonly by: number }
  /** Go to a decision. */
  | { readonly type: "seek"; readonly step: number }
  /** Go to a share (0..1) of the episode. */
  | { readonly type: "share"; readonly share: number }
  /** One notch faster (+1) or slower (-1). */
  | { readonly type: "notch"; readonly by: 1 | -1 }
  | { readonly type: "speed"; readonly speed: number }
  /** Time passed. */
  | { readonly type: "tick"; readonly seconds: number }
  /** Another episode is on the stage. */
  | {
      readonly type: "load";
      readonly length: number;
      readonly rate: number;
      readonly position: number;
      readonly mode: Mode;
    }
  /** The episode on the stage became longer: it is still being played. */
  | { readonly type: "grow"; readonly length: number };

/** The speeds that notches go through. */
export const SPEEDS: readonly number[] = [0.1, 0.25, 0.5, 1, 2, 4, 8, 16];

export const initialTransport: Transport = {
  mode: "live",
  position: 0,
  length: 0,
  rate: 15,
  speed: 1,
};

export function transport(state: Transport, action: Action): Transport {
  switch (action.type) {
    case "toggle":
      return state.mode === "paused" ? play(state) : pause(state);
    case "play":
      return state.mode === "paused" ? play(state) : state;
    case "pause":
      return pause(state);
    case "live":
      return { ...state, mode: "live" };
    case "home":
      return seek(state, 0);
    case "finish":
      return pause(seek(state, state.length));
    case "nudge":
      return seek(state, state.position + action.seconds * state.rate);
    case "frame":
      return frame(state, action.by);
    case "seek":
      return seek(state, action.step);
    case "share":
      return seek(state, Math.round(action.share * state.length));
    case "notch":
      return { ...state, speed: notch(state.speed, action.by) };
    case "speed":
      return { ...state, speed: action.speed };
    case "tick":
      return tick(state, action.seconds);
    case "load":
      return load(state, action);
    case "grow":
      return { ...state, length: Math.max(state.length, action.length) };
    default:
      return action satisfies never;
  }
}

const PLAYBACK: ReadonlySet<string> = new Set<Action["type"]>([
  ...(["toggle", "play", "pause", "live", "home", "finish", "nudge", "frame"] as const),
  ...(["seek", "share", "notch", "speed", "tick", "load", "grow"] as const),
]);

/** Whether something that was asked for is about playback. */
export function isPlayback(asked: { readonly type: string }): asked is Action {
  return PLAYBACK.has(asked.type);
}

/** Whether time moves the picture. */
export function isMoving(state: Transport): boolean {
  return state.mode !== "paused" && state.position < state.length;
}

/** Whether the last decision is on the screen. */
export function isAtEnd(state: Transport): boolean {
  return state.length > 0 && state.position >= state.length;
}

/** The decision that the picture belongs to. */
export function currentStep(state: Transport): number {
  return Math.floor(state.position);
}

function play(state: Transport): Transport {
  return { ...state, mode: "playing", position: isAtEnd(state) ? 0 : state.position };
}

/** Stops on the decision that the motion was going to, so that nothing jumps back. */
function pause(state: Transport): Transport {
  return { ...state, mode: "paused", position: clamp(Math.ceil(state.position), state.length) };
}

function frame(state: Transport, by: number): Transport {
  const { position, length } = pause(state);
  return { ...state, mode: "paused", position: clamp(position + by, length) };
}

function seek(state: Transport, step: number): Transport {
  const mode = state.mode === "live" ? "playing" : state.mode;
  return { ...state, mode, position: clamp(Math.round(step), state.length) };
}

function tick(state: Transport, seconds: number): Transport {
  if (!isMoving(state)) return state;
  const position = clamp(state.position + seconds * state.rate * state.speed, state.length);
  return { ...state, position };
}

function load(state: Transport, next: Extract<Action, { type: "load" }>): Transport {
  const { length, rate, mode } = next;
  return { ...state, mode, length, rate, position: clamp(next.position, length) };
}

function notch(speed: number, by: 1 | -1): number {
  const ordered = by === 1 ? SPEEDS : [...SPEEDS].reverse();
  return ordered.find((one) => (by === 1 ? one > speed : one < speed)) ?? speed;
}

function clamp(position: number, length: number): number {
  return Math.min(Math.max(0, position), length);
}
