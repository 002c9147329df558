/**
 * Two or more panels in one place, one visible: tabs as the ARIA practices describe them (arrows
 * move between them).
 */
import { h, setAttribute } from "./dom.js";

export interface Panel {
  readonly title: string;
  readonly body: HTMLElement;
}

export interface Tabs {
  readonly root: HTMLElement;
  /** Shows the panel of that title and gives its tab the focus. */
  show(title: string): void;
}

export function tabs(label: string, panels: readonly Panel[]): Tabs {
  const heads = panels.map(({ title }, i) =>
    h(
      "button",
      { class: "tab", type: "button", role: "tab", id: `tab-${i}`, "aria-controls": `panel-${i}` },
      title,
    ),
  );
  const bodies = panels.map(({ body }, i) =>
    h(
      "div",
      { class: "tab-body", role: "tabpanel", id: `panel-${i}`, "aria-labelledby": `tab-${i}` },
      body,
    ),
  );
  const select = (chosen: number) => {
    for (const [i, head] of heads.entries()) {
      setAttribute(head, "aria-selected", String(i === chosen));
      setAttribute(head, "tabindex", i === chosen ? "0" : "-1");
      bodies[i].hidden = i !== chosen;
    }
  };
  for (const [i, head] of heads.entries()) {
    head.addEventListener("click", () => select(i));
    head.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (by === 0) return;
      event.stopPropagation();
      const next = (i + by + heads.length) % heads.length;
      select(next);
      heads[next].focus();
    });
  }
  select(0);
  const list = h("div", { class: "tab-heads", role: "tablist", "aria-label": label }, ...heads);
  const root = h("section", { class: "tabs" }, list, ...bodies);
  const show = (title: string) => {
    const chosen = panels.findIndex((panel) => panel.title === title);
    if (chosen < 0) return;
    select(chosen);
    heads[chosen].focus();
  };
  return { root, show };
}
