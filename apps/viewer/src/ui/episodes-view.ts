/** The list of kept episodes: choose an order, choose an episode. A listbox: arrows move, Enter plays. */

import {
  type EpisodeEntry,
  newest,
  ORDERS,
  type Order,
  ordered,
  titlesOf,
} from "../model/episodes.js";
import { compact, points, stopwatch } from "../model/format.js";
import type { Session } from "../session.js";
import type { Stage } from "../stage.js";
import { h, setAttribute, setText } from "./dom.js";
import { keep, kept } from "./settings.js";

/** Longest list that is shown; the order decides which part. */
const SHOWN = 200;

export interface EpisodesView {
  readonly root: HTMLElement;
  update(): void;
  /** The list in the order in which it is shown. */
  list(): readonly EpisodeEntry[];
}

export function episodesView(
  session: Session,
  stage: Stage,
  open: (entry: EpisodeEntry) => void,
): EpisodesView {
  let order: Order = ORDERS.find((one) => one === kept("order")) ?? "newest";
  let list: readonly EpisodeEntry[] = [];
  let revision = -1;
  const rows = new Map<string, HTMLElement>();
  const box = h("div", {
    class: "episode-rows",
    role: "listbox",
    "aria-label": "Episodes",
    tabindex: 0,
  });
  const count = h("span", { class: "hint" });
  const root = h(
    "div",
    { class: "episodes" },
    orderChoice(order, chooseOrder),
    columnHeads(),
    box,
    count,
  );

  function chooseOrder(next: Order): void {
    order = next;
    keep("order", next);
    revision = -1;
    update();
  }

  function fill(): void {
    revision = session.revision.episodes;
    list = ordered(session.episodes, order);
    const shown = list.slice(0, SHOWN);
    const titles = titlesOf(session.episodes);
    const rate = session.spec?.decisionsPerSecond ?? 1;
    const fresh = shown.map((entry) => {
      const row = rows.get(entry.id) ?? makeRow(entry, rate);
      rows.set(entry.id, row);
      const title = titles.get(entry.id);
      setText(row.children[0], title ?? "");
      return row;
    });
    box.replaceChildren(...fresh);
    const more =
      list.length > SHOWN ? `${SHOWN} of ${list.length} kept episodes` : `${list.length} kept`;
    setText(count, list.length === 0 ? "Episodes appear here when they end." : more);
  }

  function update(): void {
    if (revision !== session.revision.episodes) fill();
    const current = stage.episodeId;
    for (const [id, row] of rows) {
      setAttribute(row, "aria-selected", String(id === current));
      if (id === current) setAttribute(box, "aria-activedescendant", row.id);
    }
    setAttribute(root, "data-newest", newest(list)?.id);
  }

  box.addEventListener("click", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-id]") : null;
    const entry = list.find((one) => one.id === row?.getAttribute("data-id"));
    if (entry) open(entry);
  });
  box.addEventListener("keydown", (event) => moveByKey(event, { list, stage, open, rows }));
  return { root, update, list: () => list };
}

interface Movable {
  readonly list: readonly EpisodeEntry[];
  readonly stage: Stage;
  readonly rows: ReadonlyMap<string, HTMLElement>;
  open(entry: EpisodeEntry): void;
}

/** Up and down choose the neighbour in the list instead of the speed. */
function moveByKey(event: KeyboardEvent, { list, stage, open, rows }: Movable): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0 || list.length === 0) return;
  event.preventDefault();
  event.stopPropagation();
  const at = list.findIndex((entry) => entry.id === stage.episodeId);
  const entry = list[Math.min(list.length - 1, Math.max(0, at + by))];
  open(entry);
  rows.get(entry.id)?.scrollIntoView({ block: "nearest" });
}

function makeRow(entry: EpisodeEntry, rate: number): HTMLElement {
  return h(
    "div",
    {
      class: "episode",
      role: "option",
      id: `episode-${entry.id}`,
      "data-id": entry.id,
      title: `seed ${entry.seed}`,
    },
    h("span", { class: "tag" }),
    h("span", { class: "figure strong" }, points(entry.return)),
    h("span", { class: "figure" }, stopwatch(entry.length / rate)),
    h("span", { class: "figure" }, compact(entry.steps)),
    h("span", { class: "figure seed" }, String(entry.seed)),
  );
}

function columnHeads(): HTMLElement {
  const names = ["", "Return", "Length", "At step", "Seed"];
  return h(
    "div",
    { class: "episode heads", "aria-hidden": "true" },
    ...names.map((name) => h("span", {}, name)),
  );
}

function orderChoice(initial: Order, choose: (order: Order) => void): HTMLElement {
  const buttons = ORDERS.map((order) =>
    h("button", { type: "button", "aria-pressed": String(order === initial) }, order),
  );
  for (const [i, button] of buttons.entries()) {
    button.addEventListener("click", () => {
      for (const other of buttons) setAttribute(other, "aria-pressed", String(other === button));
      choose(ORDERS[i]);
    });
  }
  return h("div", { class: "choices wide", role: "group", "aria-label": "Order" }, ...buttons);
}
