/** In the panel under the board: the things that matter to the policy, and its layers as strips. */
import type { Insight } from "../insight.js";
import { percent, significant } from "../model/format.js";
import type { ThoughtLog } from "../model/thoughts.js";
import type { Saliency } from "../policy/protocol.js";
import { h, setAttribute, setText } from "./dom.js";
import { themeColor } from "./theme.js";

/** Things that are listed. */
const LISTED = 6;
/** Units of a strip; wider layers show the mean of neighbours. */
const MOST_UNITS = 128;

export interface CloseUpView {
  readonly root: HTMLElement;
  update(): void;
  /** The theme has changed. */
  restyle(): void;
}

export function closeUpView(insight: Insight): CloseUpView {
  const things = h("ul", { class: "bars", "aria-label": "What the choice hangs on" });
  const strips = h("dl", { class: "strips", "aria-label": "Activity of the layers" });
  const note = h("p", { class: "hint" });
  const root = h("div", { class: "close-up" }, note, things, strips);
  let drawn = "";
  const update = () => {
    const { closeUp, on } = insight;
    const name = `${closeUp.revision} ${[...on].join(" ")}`;
    if (name === drawn) return;
    drawn = name;
    const saliency = on.has("saliency") ? closeUp.saliency : undefined;
    const layers = on.has("activity") ? closeUp.layers : undefined;
    setText(note, notes(insight));
    things.hidden = saliency?.answer?.layout !== "things";
    if (saliency?.answer && !things.hidden)
      listThings(things, saliency.answer, insight.opinion?.log.kind);
    strips.hidden = layers?.answer === undefined;
    const shown = (layers?.answer ?? []).filter(({ values }) => values.length > 1);
    while (strips.children.length > shown.length) strips.lastElementChild?.remove();
    while (strips.children.length < shown.length) strips.append(stripRow());
    for (const [i, layer] of shown.entries()) paintStrip(strips.children[i], layer);
  };
  const restyle = () => {
    drawn = "";
  };
  return { root, update, restyle };
}

function notes({ closeUp, on }: Insight): string {
  const { saliency, layers } = closeUp;
  const said: string[] = [];
  if (on.has("saliency") && saliency) said.push(saliencyNote(saliency.answer));
  if (on.has("activity") && layers && !layers.answer) {
    said.push("The layers of this policy cannot be shown.");
  }
  return said.join(" ");
}

function saliencyNote(answer: Saliency | undefined): string {
  if (!answer) return "What matters is not measured for a policy that remembers.";
  return answer.layout === "board"
    ? "The brighter a place, the more the choice changes when it is hidden."
    : "How much the choice changes when a thing is hidden:";
}

function listThings(
  list: HTMLElement,
  { names, choice }: Saliency,
  kind: ThoughtLog["kind"],
): void {
  const text = kind === "probability" ? percent : significant;
  const order = names.map((_, i) => i).sort((a, b) => choice[b] - choice[a]);
  const most = choice[order[0]] || 1;
  list.replaceChildren(
    ...order.slice(0, LISTED).map((i) => {
      const track = h("i", { class: "bar-track", "aria-hidden": "true" });
      track.style.setProperty("--share", (choice[i] / most).toFixed(4));
      const figure = h("span", { class: "bar-figure figure" }, text(choice[i]));
      return h("li", {}, h("span", { class: "bar-name" }, names[i]), figure, track);
    }),
  );
}

function stripRow(): HTMLElement {
  const canvas = h("canvas", { role: "img", height: 1 });
  return h("div", {}, h("dt", {}), h("dd", {}, canvas));
}

/** Positive numbers in the accent, negative ones in ink; the strongest of the layer is full. */
function paintStrip(
  row: Element,
  { name, values }: { readonly name: string; readonly values: Float32Array },
): void {
  const canvas = row.querySelector("canvas");
  const label = row.querySelector("dt");
  const context = canvas?.getContext("2d");
  if (!canvas || !label || !context) return;
  const units = gathered(values);
  setText(label, name);
  setAttribute(canvas, "aria-label", `${name}: ${values.length} units`);
  canvas.width = units.length;
  const most = units.reduce((max, one) => Math.max(max, Math.abs(one)), 0) || 1;
  const [accent, ink] = [themeColor("accent", canvas), themeColor("ink", canvas)];
  context.clearRect(0, 0, units.length, 1);
  for (const [i, unit] of units.entries()) {
    context.globalAlpha = Math.abs(unit) / most;
    context.fillStyle = unit >= 0 ? accent : ink;
    context.fillRect(i, 0, 1, 1);
  }
}

/** At most so many numbers: the strongest of neighbours stands for them. */
function gathered(values: Float32Array): Float32Array {
  const each = Math.ceil(values.length / MOST_UNITS);
  return Float32Array.from({ length: Math.ceil(values.length / each) }, (_, i) =>
    values
      .subarray(i * each, (i + 1) * each)
      .reduce((strong, one) => (Math.abs(one) > Math.abs(strong) ? one : strong), 0),
  );
}
