/**
 * What a person needs while playing: which key does what, the countdown, the mark on boards that
 * take clicks, half speed, and the way back. Takes no room while nobody plays. Also brings keys,
 * clicks and gamepads to the controls.
 */
import type { Controls } from "../model/controls.js";
import type { Stage } from "../stage.js";
import type { TakeOver } from "../takeover.js";
import { h, setAttribute, setText } from "./dom.js";
import { gamepadCodes } from "./gamepad.js";
import { targetOf } from "./key-focus.js";
import { keep, kept } from "./settings.js";

export interface PlayView {
  readonly root: HTMLElement;
  update(): void;
  /** Takes a key that belongs to the game; false if it means something else. */
  onKey(event: KeyboardEvent): boolean;
}

/** What a person plays with. */
export interface PlayParts {
  readonly takeOver: TakeOver;
  readonly stage: Stage;
  /** The board on the stage. */
  readonly canvas: HTMLCanvasElement;
  /** Ends the listening. */
  readonly signal: AbortSignal;
}

export function playView(parts: PlayParts): PlayView {
  const { takeOver, stage, canvas } = parts;
  takeOver.countsDown = kept("countdown") !== "off";
  const hints = h("ul", { class: "key-hints", "aria-label": "Keys of the game" });
  const tools = toolsView(takeOver, stage);
  const message = h("p", { class: "play-message", role: "status" });
  const bar = h("div", { class: "play-bar" }, hints, tools.root);
  const root = h("section", { class: "play", "aria-label": "Playing" }, bar, message);
  const overlay = overlayView(takeOver, canvas);
  const input = inputOf(parts);
  let shown: Controls | undefined;

  const update = () => {
    const { controls, phase } = takeOver;
    input.poll();
    bar.hidden = phase === "off";
    setText(message, takeOver.message ?? "");
    message.hidden = message.textContent === "";
    root.hidden = bar.hidden && message.hidden;
    tools.update();
    overlay.update();
    if (controls === shown) return;
    shown = controls;
    hints.replaceChildren(...(controls?.map.hints ?? []).map(hintView));
    if (controls) overlay.focus();
  };
  return { root, update, onKey: input.onKey };
}

function hintView({ keys, text }: Controls["map"]["hints"][number]): HTMLElement {
  return h("li", {}, ...keys.map((key) => h("kbd", {}, key)), h("span", {}, text));
}

/** Half speed, the countdown, the way back. */
function toolsView(takeOver: TakeOver, stage: Stage) {
  const slow = toggle("Half speed", () => {
    stage.dispatch({ type: "speed", speed: stage.state.speed === 0.5 ? 1 : 0.5 });
  });
  const counts = toggle("Countdown", () => {
    takeOver.countsDown = !takeOver.countsDown;
    keep("countdown", takeOver.countsDown ? "on" : "off");
  });
  const back = h(
    "button",
    { class: "hand-back", type: "button", onclick: () => takeOver.handBack() },
    h("span", {}, "Hand back"),
    h("kbd", {}, "Esc"),
  );
  const root = h("div", { class: "play-tools" }, slow, counts, back);
  const update = () => {
    setAttribute(slow, "aria-pressed", String(stage.state.speed === 0.5));
    setAttribute(counts, "aria-pressed", String(takeOver.countsDown));
    const agent = takeOver.phase === "agent";
    setText(back.children[0], agent ? "End the branch" : "Hand back");
    const hasPace = !agent && stage.show?.player.game.spec.waits !== true;
    slow.hidden = !hasPace;
    counts.hidden = !hasPace;
  };
  return { root, update };
}

function toggle(name: string, onclick: () => void): HTMLButtonElement {
  return h("button", { class: "toggle", type: "button", "aria-pressed": "false", onclick }, name);
}

/** What lies over the board: the number of the countdown and the mark. */
function overlayView(takeOver: TakeOver, canvas: HTMLCanvasElement) {
  const number = h("output", { class: "countdown", "aria-live": "assertive", hidden: true });
  const mark = h("i", { class: "board-mark", "aria-hidden": "true", hidden: true });
  const host = canvas.parentElement;
  host?.append(number, mark);
  const update = () => {
    const { controls, phase } = takeOver;
    number.hidden = phase !== "countdown";
    if (!number.hidden) setText(number, String(Math.max(1, Math.ceil(takeOver.countdown))));
    setAttribute(canvas, "data-playing", controls ? "" : undefined);
    if (host) {
      setAttribute(host, "role", controls ? "application" : undefined);
      setAttribute(host, "tabindex", controls ? "0" : undefined);
      const name = controls ? "The board: you play. Escape hands back." : undefined;
      setAttribute(host, "aria-label", name);
    }
    mark.hidden = !controls?.map.cursor;
    if (controls && !mark.hidden) place(mark, canvas, controls, takeOver.board);
  };
  return { update, focus: () => host?.focus({ preventScroll: true }) };
}

/** Puts the mark around the cell under the cursor. */
function place(
  mark: HTMLElement,
  canvas: HTMLCanvasElement,
  { cursor }: Controls,
  board: { readonly width: number; readonly height: number },
): void {
  const unit = canvas.clientWidth / board.width;
  const { style } = mark;
  style.left = `${canvas.offsetLeft + (cursor.x - 0.5) * unit}px`;
  style.top = `${canvas.offsetTop + (cursor.y - 0.5) * unit}px`;
  style.width = `${unit}px`;
  style.height = `${unit}px`;
}

/** Keys, clicks and gamepads. */
function inputOf({ takeOver, stage, canvas, signal }: PlayParts) {
  let padded: ReadonlySet<string> = new Set();
  const resume = () => {
    if (stage.state.mode === "paused") stage.dispatch({ type: "play" });
  };
  document.addEventListener("keyup", ({ code }) => takeOver.controls?.release(code), { signal });
  window.addEventListener("blur", () => takeOver.controls?.releaseAll(), { signal });
  canvas.addEventListener("pointerdown", ({ offsetX, offsetY, button }) => {
    if (button !== 0 || !takeOver.controls) return;
    const unit = canvas.clientWidth / takeOver.board.width;
    takeOver.controls.click(offsetX / unit, offsetY / unit);
    resume();
  });
  const poll = () => {
    const { controls } = takeOver;
    if (!controls) return;
    const codes = gamepadCodes((code) => controls.owns(code));
    for (const code of codes) if (!padded.has(code)) controls.press(code);
    for (const code of padded) if (!codes.has(code)) controls.release(code);
    padded = codes;
  };
  const onKey = (event: KeyboardEvent): boolean => {
    const { controls, phase } = takeOver;
    if (phase === "off" || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (targetOf(event)?.matches("input, select, textarea")) return false;
    if (event.key === "Escape") takeOver.handBack();
    else if (controls?.owns(event.code) && !isForButton(event)) {
      if (!event.repeat) controls.press(event.code);
      resume();
    } else return false;
    event.preventDefault();
    return true;
  };
  return { poll, onKey };
}

/** Enter on a button presses it, whatever it means on the board. */
function isForButton(event: KeyboardEvent): boolean {
  return event.key === "Enter" && targetOf(event)?.matches("button, [role=option]") === true;
}
