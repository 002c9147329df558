/** Narrowing the list of episodes: returns, lengths, why they were kept, digits of the seed. */
import { episodeReasons } from "@carom/runs/formats";
import type { EpisodeFilter } from "../model/episodes.js";
import { h } from "./dom.js";
import { popover } from "./popover.js";

export interface EpisodeFilterView {
  readonly root: HTMLElement;
}

/** @param onChange called with the whole filter after each change */
export function episodeFilter(onChange: (filter: EpisodeFilter) => void): EpisodeFilterView {
  const field = (name: string, attributes: Readonly<Record<string, string>>) =>
    h("input", { class: "field", "aria-label": name, placeholder: name, ...attributes });
  const number = { type: "number", step: "any" };
  const minReturn = field("return from", number);
  const maxReturn = field("return to", number);
  const minLength = field("decisions from", { ...number, min: "0" });
  const maxLength = field("decisions to", { ...number, min: "0" });
  const seed = field("digits of the seed", { type: "text", inputmode: "numeric" });
  const reason = h(
    "select",
    { class: "field", "aria-label": "kept as" },
    h("option", { value: "" }, "kept for any reason"),
    ...episodeReasons.map((one) => h("option", { value: one }, `kept as ${one}`)),
  );
  const fields = [minReturn, maxReturn, minLength, maxLength, seed];
  const read = (): EpisodeFilter => ({
    minReturn: numberOf(minReturn),
    maxReturn: numberOf(maxReturn),
    minLength: numberOf(minLength),
    maxLength: numberOf(maxLength),
    reason: episodeReasons.find((one) => one === reason.value),
    seed: seed.value.replace(/\D/g, "") || undefined,
  });
  const changed = () => {
    const filter = read();
    root.classList.toggle(
      "active",
      Object.values(filter).some((value) => value !== undefined),
    );
    onChange(filter);
  };
  for (const input of fields) input.addEventListener("input", changed);
  reason.addEventListener("change", changed);
  const clear = h("button", { class: "popover-item", type: "button" }, "Show all");
  clear.addEventListener("click", () => {
    for (const input of fields) input.value = "";
    reason.value = "";
    changed();
  });
  const pair = (...two: readonly HTMLElement[]) => h("div", { class: "field-pair" }, ...two);
  const panel = h(
    "div",
    { class: "filter" },
    ...[pair(minReturn, maxReturn), pair(minLength, maxLength), reason, seed, clear],
  );
  const { root } = popover("Filter the episodes", "filter", panel);
  return { root };
}

function numberOf(input: HTMLInputElement): number | undefined {
  const value = input.valueAsNumber;
  return Number.isNaN(value) ? undefined : value;
}
