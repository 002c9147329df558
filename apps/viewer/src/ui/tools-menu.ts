/** The button beside playback that lists what can be done with the policies of the run, with their keys. */
import type { Command, ToolName } from "../model/keys.js";
import { h, setAttribute } from "./dom.js";
import { icon } from "./icons.js";
import { placeAbove } from "./overlay-menu.js";

const items: readonly { readonly name: ToolName; readonly text: string; readonly key: string }[] = [
  { name: "time", text: "Time machine: policies of all ages", key: "M" },
  { name: "compare", text: "Boards side by side", key: "C" },
  { name: "why", text: "Why this action, and what if", key: "Y" },
  { name: "duel", text: "Play against the agent", key: "H" },
];

export interface ToolsMenu {
  readonly root: HTMLElement;
  update(): void;
}

/** @param isOn whether a part is on the page */
export function toolsMenu(
  isOn: (name: ToolName) => boolean,
  send: (command: Command) => void,
): ToolsMenu {
  const rows = items.map(({ name, text, key }) => {
    const onclick = () => {
      panel.hidePopover();
      send({ type: "tool", name });
    };
    const kind = { class: "menu-item", type: "button", "aria-pressed": "false", onclick };
    return h("button", kind, icon("check"), h("span", {}, text), h("kbd", {}, key));
  });
  const name = "Policies of the run";
  const panel = h(
    "div",
    { class: "overlay-menu", id: "tools-menu", popover: "auto", "aria-label": name },
    h("h3", {}, name),
    h("div", { class: "menu-items", role: "group", "aria-label": name }, ...rows),
  );
  const kind = { class: "round", type: "button", popovertarget: "tools-menu" };
  const button = h("button", { ...kind, "aria-label": name, title: name }, icon("ages"));
  panel.addEventListener("toggle", () => {
    if (panel.matches(":popover-open")) placeAbove(panel, button);
  });
  const update = () => {
    for (const [i, row] of rows.entries())
      setAttribute(row, "aria-pressed", String(isOn(items[i].name)));
  };
  return { root: h("div", { class: "overlays" }, button, panel), update };
}
