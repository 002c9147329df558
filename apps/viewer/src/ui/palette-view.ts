/**
 * The command palette: everything the page can do, by name. A combobox over a listbox, as the ARIA
 * practices describe them: typing filters, arrows move, Enter runs, Escape closes.
 */
import { type IndexedItem, indexed, matching, type PaletteItem } from "../model/palette.js";
import { h, setAttribute } from "./dom.js";

export interface PaletteView {
  readonly root: HTMLDialogElement;
  /** Opens with fresh items, or closes. */
  toggle(): void;
}

/** @param items what can be chosen at the moment; called at each opening */
export function paletteView(items: () => readonly PaletteItem[]): PaletteView {
  const list = h("div", { class: "palette-list", role: "listbox", id: "palette-list" });
  setAttribute(list, "aria-label", "Commands and episodes");
  const input = h("input", {
    ...{ type: "text", role: "combobox", "aria-expanded": "true", autocomplete: "off" },
    ...{ "aria-controls": list.id, "aria-autocomplete": "list", spellcheck: "false" },
    ...{ "aria-label": "Command or episode", placeholder: "Command, episode, seed \u2026" },
  });
  const none = h("p", { class: "hint", role: "status" });
  const root = h("dialog", { class: "palette", "aria-label": "Commands" }, input, list, none);
  let all: readonly IndexedItem[] = [];
  let shown: readonly PaletteItem[] = [];
  let at = 0;

  const select = (place: number) => {
    at = Math.min(Math.max(0, place), shown.length - 1);
    for (const [i, row] of [...list.children].entries()) {
      setAttribute(row, "aria-selected", String(i === at));
    }
    const row = list.children[at];
    setAttribute(input, "aria-activedescendant", row?.id);
    row?.scrollIntoView({ block: "nearest" });
  };
  const fill = () => {
    shown = matching(all, input.value);
    list.replaceChildren(...shown.map(rowOf));
    none.textContent = shown.length === 0 ? "Nothing of that name." : "";
    none.hidden = shown.length > 0;
    select(0);
  };
  const run = (place: number) => {
    const item = shown[place];
    if (!item) return;
    root.close();
    item.run();
  };
  input.addEventListener("input", fill);
  input.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (event.key === "Enter") run(at);
    else if (event.key === "Escape") root.close();
    else if (move) select(at + move);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", ({ target }) => {
    const row = target instanceof Element ? target.closest("[role=option]") : null;
    if (row) run([...list.children].indexOf(row));
  });
  root.addEventListener("click", ({ target }) => {
    if (target === root) root.close();
  });
  const toggle = () => {
    if (root.open) {
      root.close();
      return;
    }
    all = indexed(items());
    input.value = "";
    root.showModal();
    fill();
    input.focus();
  };
  return { root, toggle };
}

const MOVES: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
};

function rowOf({ title, detail, key }: PaletteItem, place: number): HTMLElement {
  return h(
    "div",
    { class: "palette-row", role: "option", id: `palette-${place}`, "aria-selected": "false" },
    h("span", { class: "palette-title" }, title),
    detail === undefined ? undefined : h("span", { class: "hint" }, detail),
    key === undefined ? undefined : h("kbd", {}, key),
  );
}
