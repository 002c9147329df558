/**
 * The scale of the time machine: a bar for the return of each kept policy on the same seed, the oldest
 * on the left, and the chosen one in the accent. A slider: pointer and arrows go through the ages. Takes
 * no room while it is off.
 */
import { heightOf } from "../model/ages.js";
import { points } from "../model/format.js";
import { policyName } from "../model/policy-name.js";
import type { Stop, TimeMachine } from "../time-machine.js";
import { h, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";

export interface ToolView {
  readonly root: HTMLElement;
  update(): void;
}

export function timeView(machine: TimeMachine): ToolView {
  const about = h("output", { class: "time-about", "aria-live": "polite" });
  const tools = toolsOf(machine);
  const head = h("header", { class: "tool-head" }, h("h3", {}, "Training time"), about, tools.root);
  const scale = scaleOf(machine);
  const first = h("span", {});
  const last = h("span", {});
  const ends = h("p", { class: "time-ends", "aria-hidden": "true" }, first, last);
  const label = { class: "tool time-machine", "aria-label": "Time machine", hidden: true };
  const root = h("section", label, head, scale.root, ends);
  const update = () => {
    root.hidden = !machine.on;
    if (!machine.on) return;
    const { stops } = machine;
    setText(about, aboutOf(machine));
    setText(first, stops.length > 0 ? policyName(stops[0].policy) : "");
    const newest = stops.at(-1);
    setText(last, newest && stops.length > 1 ? policyName(newest.policy) : "");
    scale.root.hidden = stops.length === 0;
    scale.update();
    tools.update();
  };
  return { root, update };
}

function aboutOf({ stops, stop }: TimeMachine): string {
  if (!stop) return "This run has kept no policies, so there is nothing to go back to.";
  const { policy, performance, problem } = stop;
  const name = policyName(policy);
  if (problem !== undefined) return `${name}: it cannot play (${problem})`;
  const done = stops.filter((one) => one.performance).length;
  const count = done < stops.length ? ` \u00b7 ${done} of ${stops.length} played` : "";
  if (!performance) return `${name}: playing\u2026${count}`;
  return `${name} \u00b7 return ${points(performance.played.return)}${count}`;
}

function scaleOf(machine: TimeMachine) {
  const root = h("div", {
    ...{ class: "time-scale", role: "slider", tabindex: 0, "aria-label": "Age of the policy" },
    "aria-valuemin": 0,
  });
  let drawn = -1;
  const choose = ({ clientX }: PointerEvent) => {
    const { left, width } = root.getBoundingClientRect();
    machine.choose(Math.floor(((clientX - left) / width) * machine.stops.length));
  };
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    root.setPointerCapture(event.pointerId);
    choose(event);
  });
  root.addEventListener("pointermove", (event) => {
    if (root.hasPointerCapture(event.pointerId)) choose(event);
  });
  root.addEventListener("keydown", (event) => {
    const to = targetOf(event.key, machine);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    machine.choose(to);
  });
  const update = () => {
    if (drawn === machine.revision) return;
    drawn = machine.revision;
    const { stops, index } = machine;
    const returns = stops.flatMap(({ performance }) => performance?.played.return ?? []);
    while (root.children.length > stops.length) root.lastElementChild?.remove();
    while (root.children.length < stops.length) root.append(h("i", {}));
    for (const [i, stop] of stops.entries()) paintBar(root.children[i], stop, returns, i === index);
    setAttribute(root, "aria-valuemax", String(Math.max(0, stops.length - 1)));
    setAttribute(root, "aria-valuenow", String(Math.max(0, index)));
    setAttribute(root, "aria-valuetext", aboutOf(machine));
  };
  return { root, update };
}

function paintBar(bar: Element, stop: Stop, returns: readonly number[], isChosen: boolean): void {
  const { performance, problem, policy } = stop;
  const state = performance ? "played" : problem === undefined ? "open" : "failed";
  setAttribute(bar, "data-state", state);
  setAttribute(bar, "data-chosen", isChosen ? "" : undefined);
  const sum = performance?.played.return;
  setAttribute(
    bar,
    "title",
    sum === undefined ? policyName(policy) : `${policyName(policy)}: ${points(sum)}`,
  );
  const height = sum === undefined ? 0 : heightOf(sum, returns);
  if (bar instanceof HTMLElement) bar.style.setProperty("--share", height.toFixed(4));
}

/** Where a key leads on the scale; undefined if it means something else. */
function targetOf(key: string, { index, stops }: TimeMachine): number | undefined {
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return index - 1;
    case "ArrowRight":
    case "ArrowUp":
      return index + 1;
    case "Home":
      return 0;
    case "End":
      return stops.length - 1;
    default:
      return undefined;
  }
}

/** Ghosts, how actions are chosen, another seed, the way out. */
function toolsOf(machine: TimeMachine) {
  const ghosts = toggleButton("Ghosts", "The other policies, faintly", () =>
    machine.set({ ghosts: !machine.ghosts }),
  );
  const drawn = toggleButton("Drawn", "Actions drawn as in training, not the best each time", () =>
    machine.set({ greedy: !machine.greedy }),
  );
  const seed = textButton("New seed", () => machine.reseed());
  const root = h(
    "div",
    { class: "tool-tools" },
    ghosts,
    drawn,
    seed,
    closeButton("Close the time machine (M)", () => machine.toggle()),
  );
  const update = () => {
    setAttribute(ghosts, "aria-pressed", String(machine.ghosts));
    setAttribute(drawn, "aria-pressed", String(!machine.greedy));
    setAttribute(seed, "title", `Seed ${machine.seed}`);
  };
  return { root, update };
}

export function toggleButton(name: string, title: string, onclick: () => void): HTMLButtonElement {
  const kind = { class: "tool-button", type: "button", "aria-pressed": "false", title, onclick };
  return h("button", kind, name);
}

export function textButton(name: string, onclick: () => void): HTMLButtonElement {
  return h("button", { class: "tool-button", type: "button", onclick }, name);
}

export function closeButton(label: string, onclick: () => void): HTMLButtonElement {
  const kind = { class: "round small", type: "button", "aria-label": label, title: label, onclick };
  return h("button", kind, icon("close"));
}
