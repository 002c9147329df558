/**
 * The branches as a tree: what was played on from where, and how it did against what it left. A
 * tree as the ARIA practices describe it: arrows move, Enter plays. The tools below work on the
 * branch that is on the stage.
 */
import type { BranchValues, ValueDifference } from "../branch-values.js";
import type { Branches } from "../branches.js";
import {
  type Branch,
  fileNameOf,
  type ParentRef,
  type TreeRow,
  treeRows,
} from "../model/branches.js";
import { grouped, points, signed, significant } from "../model/format.js";
import { whosePolicy } from "../model/policy-name.js";
import type { Session } from "../session.js";
import type { Stage } from "../stage.js";
import { h, setAttribute, setText } from "./dom.js";
import { download } from "./export.js";
import { type IconName, icon } from "./icons.js";

/** Milliseconds in which a second press deletes. */
const SURE_TIME = 3000;

/** What the list asks of the page. */
export interface BranchesOptions {
  readonly session: Session;
  readonly stage: Stage;
  readonly branches: Branches;
  readonly values: BranchValues;
  onOpen(branch: Branch): void;
  onOpenParent(parent: ParentRef): void;
}

export class BranchesView {
  readonly root: HTMLElement;
  private readonly options: BranchesOptions;
  private readonly tree: HTMLElement;
  private readonly heads: HTMLElement;
  private readonly hint = h("p", { class: "hint", role: "status" });
  private readonly tools: HTMLElement;
  private readonly removeButton: HTMLButtonElement;
  private readonly keepButton: HTMLButtonElement;
  /** What became of the last demonstration, and of which branch. */
  private answer: { readonly branch: string; readonly text: string } | undefined;
  private rows: { readonly row: TreeRow; readonly element: HTMLElement }[] = [];
  private revision = -1;
  private sure: string | undefined;

  constructor(options: BranchesOptions) {
    this.options = options;
    this.tree = h("div", { class: "branch-rows", role: "tree", "aria-label": "Branches" });
    this.tree.addEventListener("click", (event) => this.onClick(event));
    this.tree.addEventListener("keydown", (event) => this.onKey(event));
    this.heads = columnHeads();
    this.removeButton = tool("remove", "Delete the branch", () => this.remove());
    this.keepButton = tool("demonstration", "Keep with the run, as a demonstration", () => {
      void this.demonstrate();
    });
    const tools = { class: "branch-tools", role: "group", "aria-label": "The branch on the stage" };
    this.tools = h(
      "div",
      tools,
      tool("rename", "Rename the branch", () => this.rename()),
      tool("download", "Save the branch as a replay file", () => this.save()),
      this.keepButton,
      this.removeButton,
    );
    const foot = h("footer", { class: "branch-foot" }, this.hint, this.tools);
    this.root = h("div", { class: "branches" }, this.heads, this.tree, foot);
  }

  update(): void {
    const { branches } = this.options;
    if (this.revision !== branches.revision) this.fill();
    const current = this.current?.id;
    for (const { row, element } of this.rows) {
      const isOn = row.kind === "branch" && row.branch.id === current;
      setAttribute(element, "aria-selected", String(isOn));
    }
    this.tools.hidden = current === undefined;
    this.keepButton.hidden = !this.options.session.takesDemonstrations;
    const { list, problem } = branches;
    const answer = this.answer?.branch === current ? this.answer?.text : undefined;
    setText(this.hint, answer ?? problem ?? this.valueText() ?? hintText(list.length));
  }

  /** What the branch on the stage is worth to a policy; not asked while nobody can read the answer. */
  private valueText(): string | undefined {
    const { current } = this;
    if (!current || !this.root.checkVisibility()) return undefined;
    const found = this.options.values.of(current);
    return found && valueText(found, current.parent);
  }

  /** The branch on the stage. */
  private get current(): Branch | undefined {
    const { stage, branches } = this.options;
    const id = stage.show?.kind === "recorded" ? stage.show.branch?.id : undefined;
    return id === undefined ? undefined : branches.find(id);
  }

  private fill(): void {
    const { branches } = this.options;
    this.revision = branches.revision;
    this.rows = treeRows(branches.list).map((row) => ({ row, element: makeRow(row) }));
    this.tree.replaceChildren(...this.rows.map(({ element }) => element));
    const isEmpty = this.rows.length === 0;
    this.heads.hidden = isEmpty;
    this.tree.hidden = isEmpty;
    this.focusable(0);
  }

  /** One row can be reached by Tab; arrows go on from there. */
  private focusable(place: number): HTMLElement | undefined {
    for (const [i, { element }] of this.rows.entries()) {
      setAttribute(element, "tabindex", i === place ? "0" : "-1");
    }
    return this.rows[place]?.element;
  }

  /** Gives the focus to a branch, or to the first row if it is gone. */
  private focusOn(id: string): void {
    const place = this.rows.findIndex(({ row }) => row.kind === "branch" && row.branch.id === id);
    this.focusable(Math.max(0, place))?.focus();
  }

  private onClick({ target }: Event): void {
    if (target instanceof HTMLInputElement) return;
    const place = this.rows.findIndex(
      ({ element }) => target instanceof Node && element.contains(target),
    );
    if (place < 0) return;
    this.focusable(place);
    this.open(this.rows[place].row);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.target instanceof HTMLInputElement) return;
    const place = this.rows.findIndex(({ element }) => element === event.target);
    const last = this.rows.length - 1;
    const to = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: last }[event.key];
    if (event.key === "Enter" && place >= 0) this.open(this.rows[place].row);
    else if (to !== undefined) this.focusable(Math.min(Math.max(0, to), last))?.focus();
    else if (event.key === "F2" && this.bringUp(place)) this.rename();
    else if (event.key === "Delete" && this.bringUp(place)) this.remove();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Puts the branch of a row on the stage, so that what is done to it is done to what is seen; false for what was left. */
  private bringUp(place: number): boolean {
    const row = this.rows[place]?.row;
    if (row?.kind !== "branch") return false;
    if (row.branch.id !== this.current?.id) this.open(row);
    return this.current?.id === row.branch.id;
  }

  private open(row: TreeRow): void {
    if (row.kind === "branch") this.options.onOpen(row.branch);
    else this.options.onOpenParent(row.parent);
  }

  private save(): void {
    const { current } = this;
    const { spec } = this.options.session;
    if (current && spec) download(fileNameOf(spec.id, current), new Blob([current.replay.slice()]));
  }

  /** Hands the branch to the run. */
  private async demonstrate(): Promise<void> {
    const { current } = this;
    if (!current) return;
    const { session } = this.options;
    let text: string;
    try {
      const id = await session.keepDemonstration(current.replay);
      text = `Kept with the run, as its episode ${id}`;
    } catch (error) {
      text = error instanceof Error ? error.message : String(error);
    }
    this.answer = { branch: current.id, text };
    this.update();
  }

  /** The name becomes a field; Enter takes it, Escape does not. */
  private rename(): void {
    const { current } = this;
    const element = this.rows.find(
      ({ row }) => row.kind === "branch" && row.branch === current,
    )?.element;
    const name = element?.querySelector(".branch-name");
    if (!current || !element || !name) return;
    const field = h("input", { type: "text", "aria-label": "Name of the branch", maxlength: 80 });
    field.value = current.name;
    let isDone = false;
    const done = (take: boolean, byKey: boolean) => {
      if (isDone) return;
      isDone = true;
      if (take) this.options.branches.rename(current.id, field.value);
      this.revision = -1;
      this.update();
      if (byKey) this.focusOn(current.id);
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") done(event.key === "Enter", true);
    });
    field.addEventListener("blur", () => done(true, false));
    name.replaceChildren(field);
    field.focus();
    field.select();
  }

  /** Deletes at the second press. */
  private remove(): void {
    const { current, removeButton } = this;
    if (!current) return;
    if (this.sure === current.id) {
      this.setSure(undefined);
      this.options.branches.remove(current.id);
      this.options.onOpenParent(current.parent);
      this.update();
      this.focusOn(current.parent.id);
      return;
    }
    this.setSure(current.id);
    window.setTimeout(() => this.setSure(undefined), SURE_TIME);
    removeButton.focus();
  }

  private setSure(id: string | undefined): void {
    this.sure = id;
    const name = id === undefined ? "Delete the branch" : "Press again to delete the branch";
    setAttribute(this.removeButton, "aria-label", name);
    setAttribute(this.removeButton, "title", name);
    setAttribute(this.removeButton, "data-sure", id === undefined ? undefined : "");
  }
}

function hintText(count: number): string {
  if (count > 0) return `${count} ${count === 1 ? "branch" : "branches"}, kept in this browser`;
  return "Press P to take over in the middle of an episode. What you play is kept here, beside what the agent did.";
}

/** "Value −0.41 against Episode 13 at decision 60, to the policy of step 90.0k". */
function valueText({ difference, at, steps }: ValueDifference, { title }: ParentRef): string {
  const sign = difference > 0 ? "+" : difference < 0 ? "\u2212" : "";
  const size = significant(Math.abs(difference));
  return `Value ${sign}${size} against ${title} at decision ${grouped(at)}, to the ${whosePolicy({ steps })}`;
}

function makeRow(row: TreeRow): HTMLElement {
  const isBranch = row.kind === "branch";
  const element = h("div", {
    class: isBranch ? "branch" : "branch origin",
    role: "treeitem",
    "aria-level": row.depth + 1,
    "aria-selected": "false",
    tabindex: -1,
  });
  element.style.setProperty("--depth", String(row.depth));
  const name = isBranch ? row.branch.name : row.parent.title;
  element.append(h("span", { class: "branch-name" }, name));
  if (!isBranch) return element;
  const { at, comparison } = row.branch;
  element.append(
    h("span", { class: "figure" }, grouped(at)),
    h("span", { class: "figure strong" }, points(row.branch.return)),
    difference(comparison.sameMoment),
    difference(comparison.atEnd),
  );
  return element;
}

function difference(value: number | undefined): HTMLElement {
  const sign = value === undefined ? undefined : String(Math.sign(value));
  const text = value === undefined ? "\u2013" : signed(value);
  return h("span", { class: "figure difference", "data-sign": sign }, text);
}

function columnHeads(): HTMLElement {
  const names: readonly (readonly [string, string])[] = [
    ["", ""],
    ["Left at", "The decision at which it left"],
    ["Return", "Its return"],
    ["Then", "Against what it left, at the last decision that both have"],
    ["End", "Against what it left, as a whole"],
  ];
  return h(
    "div",
    { class: "branch heads", "aria-hidden": "true" },
    ...names.map(([name, title]) => h("span", { title }, name)),
  );
}

function tool(face: IconName, name: string, onclick: () => void): HTMLButtonElement {
  const about = { class: "round small", type: "button", "aria-label": name, title: name };
  return h("button", { ...about, onclick }, icon(face));
}
