/** The help: all keys, in a dialog that closes by Escape, by its button and by `?`. */
import { type Binding, bindings } from "../model/keys.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";

export interface HelpView {
  readonly root: HTMLDialogElement;
  toggle(): void;
}

const chartHint =
  "On the score chart, a click plays the episode that was kept nearest to that step.";

/**
 * @param shown the keys that there are; without all of them, there is no chart to hint at
 * @param more what stands below the keys
 */
export function helpView(
  shown: readonly Binding[] = bindings,
  ...more: readonly HTMLElement[]
): HelpView {
  const rows = shown.map(({ label, text }) =>
    h("div", {}, h("dt", {}, ...label.map((key) => h("kbd", {}, key))), h("dd", {}, text)),
  );
  const close = h(
    "button",
    { class: "round small", type: "button", "aria-label": "Close", onclick: () => root.close() },
    icon("close"),
  );
  const root = h(
    "dialog",
    { class: "help", "aria-label": "Keys" },
    h("header", { class: "panel-head" }, h("h2", {}, "Keys"), close),
    h("dl", {}, ...rows),
    shown === bindings ? h("p", { class: "hint" }, chartHint) : undefined,
    ...more,
  );
  root.addEventListener("click", (event) => {
    if (event.target === root) root.close();
  });
  const toggle = () => (root.open ? root.close() : root.showModal());
  return { root, toggle };
}
