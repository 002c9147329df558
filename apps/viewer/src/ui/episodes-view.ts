/**
 * The list of kept episodes: choose an order, choose an episode. A listbox: arrows move, Enter
 * plays.
 */

import {
  type EpisodeEntry,
  neighbour,
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

export class EpisodesView {
  readonly root: HTMLElement;
  /** The list in the order in which it is shown. */
  list: readonly EpisodeEntry[] = [];
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly open: (entry: EpisodeEntry) => void;
  private readonly box: HTMLElement;
  private readonly count = h("span", { class: "hint" });
  private order: Order = ORDERS.find((one) => one === kept("order")) ?? "newest";
  private rows = new Map<string, HTMLElement>();
  private revision = -1;

  constructor(session: Session, stage: Stage, open: (entry: EpisodeEntry) => void) {
    this.session = session;
    this.stage = stage;
    this.open = open;
    const role = { role: "listbox", "aria-label": "Episodes", tabindex: 0 };
    this.box = h("div", { class: "episode-rows", ...role });
    this.box.addEventListener("click", (event) => this.onClick(event));
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    const orders = orderChoice(this.order, (order) => this.choose(order));
    this.root = h("div", { class: "episodes" }, orders, columnHeads(), this.box, this.count);
  }

  update(): void {
    if (this.revision !== this.session.revision.episodes) this.fill();
    const current = this.stage.episodeId;
    for (const [id, row] of this.rows) {
      setAttribute(row, "aria-selected", String(id === current));
      if (id === current) setAttribute(this.box, "aria-activedescendant", row.id);
    }
  }

  private fill(): void {
    const { episodes, revision, spec } = this.session;
    this.revision = revision.episodes;
    this.list = ordered(episodes, this.order);
    const titles = titlesOf(episodes);
    const rate = spec?.decisionsPerSecond ?? 1;
    const rows = this.list.slice(0, SHOWN).map((entry) => {
      const row = this.rows.get(entry.id) ?? makeRow(entry, rate);
      setText(row.children[0], titles.get(entry.id) ?? "");
      return [entry.id, row] as const;
    });
    this.rows = new Map(rows);
    this.box.replaceChildren(...this.rows.values());
    setText(this.count, countText(this.list.length, this.session.problem));
  }

  private choose(order: Order): void {
    this.order = order;
    keep("order", order);
    this.revision = -1;
    this.update();
  }

  private onClick({ target }: Event): void {
    const row = target instanceof Element ? target.closest("[data-id]") : null;
    const entry = this.list.find((one) => one.id === row?.getAttribute("data-id"));
    if (entry) this.open(entry);
  }

  /** Up and down choose the neighbour in the list instead of the speed. */
  private onKey(event: KeyboardEvent): void {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const entry = by === 0 ? undefined : neighbour(this.list, this.stage.episodeId, by);
    if (!entry) return;
    event.preventDefault();
    event.stopPropagation();
    this.open(entry);
    this.rows.get(entry.id)?.scrollIntoView({ block: "nearest" });
  }
}

function countText(count: number, problem: string | undefined): string {
  if (count === 0) return problem === undefined ? "Episodes appear here when they end." : "";
  return count > SHOWN ? `${SHOWN} of ${count} kept episodes` : `${count} kept`;
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
