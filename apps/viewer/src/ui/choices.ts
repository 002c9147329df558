/** One of several, as a row of buttons of which one is pressed. */
import { h, setAttribute } from "./dom.js";

/** A button. */
export interface ChoiceItem<T> {
  readonly value: T;
  readonly text: string;
  readonly title?: string;
}

export interface Choices<T> {
  readonly root: HTMLElement;
  /** The one that is pressed. */
  readonly value: T;
  /** Presses one without telling anybody. */
  show(value: T): void;
}

interface ChoicesOptions<T> {
  /** What is chosen, for those who do not see the row. */
  readonly label: string;
  readonly items: readonly ChoiceItem<T>[];
  readonly choose: (value: T) => void;
  /** The one that is pressed at first. */
  readonly initial: T;
  /** A further class. */
  readonly kind?: string;
  readonly title?: string;
}

export function choices<T>(options: ChoicesOptions<T>): Choices<T> {
  const { label, items, choose, initial, kind, title } = options;
  let chosen = initial;
  const buttons = items.map(({ value, text, title: about }) => {
    const onclick = () => {
      show(value);
      choose(value);
    };
    return h("button", { type: "button", title: about, onclick }, text);
  });
  const show = (value: T) => {
    chosen = value;
    for (const [i, one] of items.entries()) {
      setAttribute(buttons[i], "aria-pressed", String(one.value === value));
    }
  };
  const root = h(
    "div",
    {
      ...{ class: kind === undefined ? "choices" : `choices ${kind}`, role: "group" },
      ...{ "aria-label": label, title },
    },
    ...buttons,
  );
  show(initial);
  return {
    ...{ root, show },
    get value() {
      return chosen;
    },
  };
}
