/**
 * The list of kept episodes: choose an order, narrow it, choose an episode. A listbox: arrows move,
 * Enter plays. Only the rows in sight exist, so a hundred thousand episodes scroll like ten.
 */

import {
  type EpisodeEntry,
  type EpisodeFilter,
  filtered,
  neighbour,
  ORDERS,
  type Order,
  ordered,
  titlesOf,
} from "../model/episodes.js";
import { compact, grouped, points, stopwatch } from "../model/format.js";
import type { Session } from "../session.js";
import type { Stage } from "../stage.js";
import { choices } from "./choices.js";
import { h, setAttribute, setText } from "./dom.js";
import { type EpisodeDetail, episodeDetail } from "./episode-detail.js";
import { episodeFilter } from "./episode-filter.js";
import { keep, kept } from "./settings.js";
import { type VirtualList, virtualList } from "./virtual-list.js";

/** Height of a row, CSS pixels; panels.css has the same. */
const ROW = 26;
/** A list that is so long is sorted anew at most every so many milliseconds. */
const LONG = 5000;
const PAUSE = 500;

export class EpisodesView {
  readonly root: HTMLElement;
  /** The list in the order in which it is shown. */
  list: readonly EpisodeEntry[] = [];
  private readonly session: Session;
  private readonly stage: Stage;
  private readonly open: (entry: EpisodeEntry) => void;
  private readonly box: HTMLElement;
  private readonly rows: VirtualList;
  private readonly detail: EpisodeDetail;
  private readonly count = h("span", { class: "hint", "aria-live": "polite" });
  private order: Order = ORDERS.find((one) => one === kept("order")) ?? "newest";
  private filter: EpisodeFilter = {};
  private titles: ReadonlyMap<string, string> = new Map();
  private revision = -1;
  private filledAt = Number.NEGATIVE_INFINITY;
  private current: string | undefined;

  /** @param wake called when something came that is to be shown */
  constructor(
    session: Session,
    stage: Stage,
    open: (entry: EpisodeEntry) => void,
    wake: () => void,
  ) {
    this.session = session;
    this.stage = stage;
    this.open = open;
    const role = { role: "listbox", "aria-label": "Episodes", tabindex: 0 };
    this.box = h("div", { class: "episode-rows", ...role });
    this.rows = virtualList(this.box, ROW, makeRow, (row, index) => this.fillRow(row, index));
    this.box.addEventListener("click", (event) => this.onClick(event));
    this.box.addEventListener("keydown", (event) => this.onKey(event));
    this.detail = episodeDetail(session, wake);
    const orders = orderChoice(this.order, (order) => this.choose(order));
    const filter = episodeFilter((next) => this.narrow(next));
    this.root = h(
      "div",
      { class: "episodes" },
      h("div", { class: "episode-tools" }, orders, filter.root),
      columnHeads(),
      this.box,
      h("div", { class: "episode-foot" }, this.count, this.detail.root),
    );
  }

  /** True if something new waits for its turn. */
  get isBehind(): boolean {
    return this.revision !== this.session.revision.episodes;
  }

  update(): void {
    const isLong = this.session.episodes.length > LONG;
    if (this.isBehind && (!isLong || performance.now() - this.filledAt > PAUSE)) this.fill();
    const { episodeId } = this.stage;
    if (episodeId !== this.current) {
      this.current = episodeId;
      this.rows.refresh();
    }
    const { show } = this.stage;
    this.detail.update(show?.kind === "recorded" ? show.entry : undefined);
  }

  private fill(): void {
    const { episodes, revision, problem } = this.session;
    if (this.isBehind) this.titles = titlesOf(episodes);
    this.revision = revision.episodes;
    this.filledAt = performance.now();
    this.list = ordered(filtered(episodes, this.filter), this.order);
    this.rows.show(this.list.length);
    setText(this.count, countText(this.list.length, episodes.length, problem));
  }

  private fillRow(row: HTMLElement, index: number): void {
    const entry = this.list[index];
    const rate = this.session.spec?.decisionsPerSecond ?? 1;
    const texts = [
      this.titles.get(entry.id) ?? "",
      points(entry.return),
      stopwatch(entry.length / rate),
      compact(entry.steps),
      String(entry.seed),
    ];
    for (const [i, text] of texts.entries()) setText(row.children[i], text);
    const isCurrent = entry.id === this.current;
    setAttribute(row, "id", `episode-${entry.id}`);
    setAttribute(row, "data-id", entry.id);
    setAttribute(row, "title", `seed ${entry.seed}, kept as ${entry.reason}`);
    setAttribute(row, "aria-selected", String(isCurrent));
    setAttribute(row, "aria-posinset", String(index + 1));
    setAttribute(row, "aria-setsize", String(this.list.length));
    if (isCurrent) setAttribute(this.box, "aria-activedescendant", row.id);
  }

  private choose(order: Order): void {
    this.order = order;
    keep("order", order);
    this.fill();
    this.box.scrollTop = 0;
  }

  private narrow(filter: EpisodeFilter): void {
    this.filter = filter;
    this.fill();
    this.box.scrollTop = 0;
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
    this.rows.reveal(this.list.indexOf(entry));
  }
}

function countText(shown: number, all: number, problem: string | undefined): string {
  if (all === 0) return problem === undefined ? "Episodes appear here when they end." : "";
  return shown < all ? `${grouped(shown)} of ${grouped(all)} kept` : `${grouped(all)} kept`;
}

function makeRow(): HTMLElement {
  return h(
    "div",
    { class: "episode", role: "option" },
    h("span", { class: "tag" }),
    h("span", { class: "figure strong" }),
    h("span", { class: "figure" }),
    h("span", { class: "figure" }),
    h("span", { class: "figure seed" }),
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
  const items = ORDERS.map((order) => ({ value: order, text: order }));
  return choices({ label: "Order", items, choose, initial, kind: "wide" }).root;
}
