/**
 * A button with a small panel below it: opens by click, closes by Escape, by a click elsewhere, and
 * when the focus leaves it.
 */
import { h, setAttribute } from "./dom.js";
import { type IconName, icon } from "./icons.js";

export interface Popover {
  readonly root: HTMLElement;
  close(): void;
}

/** @param onOpen fills the panel anew each time */
export function popover(
  name: string,
  face: IconName,
  panel: HTMLElement,
  onOpen: () => void = () => {},
): Popover {
  const button = h(
    "button",
    {
      class: "round small",
      type: "button",
      "aria-label": name,
      title: name,
      "aria-expanded": "false",
    },
    icon(face),
  );
  panel.classList.add("popover-panel");
  panel.hidden = true;
  setAttribute(panel, "role", "group");
  setAttribute(panel, "aria-label", name);
  const root = h("div", { class: "popover" }, button, panel);
  const onPress = (event: Event) => {
    if (!event.composedPath().includes(root)) close();
  };
  const show = (isOpen: boolean) => {
    panel.hidden = !isOpen;
    setAttribute(button, "aria-expanded", String(isOpen));
    if (isOpen) document.addEventListener("pointerdown", onPress);
    else document.removeEventListener("pointerdown", onPress);
    if (isOpen) onOpen();
  };
  const close = () => show(false);
  button.addEventListener("click", () => show(panel.hidden !== false));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    close();
    button.focus();
  });
  root.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !root.contains(relatedTarget)) close();
  });
  return { root, close };
}
