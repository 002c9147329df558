/** The foot of the share dialog: what is being made, how far it is, and what became of it. */
import type { Export } from "../share/exporter.js";
import { h, setText } from "./dom.js";

export function statusView() {
  const text = h("p", { class: "share-status", role: "status" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": "Progress" });
  let making: Pick<Export, "cancel"> | undefined;
  const cancel = h(
    "button",
    { class: "plain", type: "button", onclick: () => making?.cancel() },
    "Cancel",
  );
  const work = h("div", { class: "share-work", hidden: true }, bar, cancel);
  const root = h("footer", { class: "share-foot" }, text, work);
  return {
    root,
    get isBusy() {
      return making !== undefined;
    },
    say: (message: string) => setText(text, message),
    begin: (name: string, next: Pick<Export, "cancel">) => {
      making = next;
      bar.value = 0;
      work.hidden = false;
      setText(text, `Making ${name}`);
    },
    progress: (share: number) => {
      bar.value = share;
    },
    end: (message: string) => {
      making = undefined;
      work.hidden = true;
      setText(text, message);
    },
  };
}
