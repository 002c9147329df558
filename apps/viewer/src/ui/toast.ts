/** A short word at the foot of the page about something that was just asked; read out, then gone. */
import { h } from "./dom.js";

/** Milliseconds for which it stays. */
const STAY = 5000;

export interface Toast {
  readonly root: HTMLElement;
  say(text: string): void;
}

export function toast(): Toast {
  const root = h("div", { class: "toast", role: "status", "aria-live": "polite" });
  let timer: number | undefined;
  const say = (text: string) => {
    window.clearTimeout(timer);
    root.replaceChildren(h("p", {}, text));
    timer = window.setTimeout(() => root.replaceChildren(), STAY);
  };
  return { root, say };
}
