import { describe, expect, test } from "vitest";
import { ApiError } from "./api.js";
import { Follower, type Page } from "./history.js";

interface Part extends Page {
  readonly items: readonly number[];
}

/** A list on a server, in memory: pages of at most three items, as far as the list goes. */
class RemoteList {
  items: number[] = [];
  away = false;
  readonly asked: number[] = [];

  async fetch(since: number): Promise<Part> {
    this.asked.push(since);
    if (this.away) throw new ApiError("away", 0);
    const from = Math.min(since, this.items.length);
    const items = this.items.slice(from, from + 3);
    return { from, next: from + items.length, items };
  }
}

/** A follower that keeps what it got, as the page does. */
function follow(remote: RemoteList) {
  const got: number[] = [];
  const take = (page: Part) => {
    got.length = Math.min(got.length, page.from);
    got.push(...page.items);
  };
  return { got, follower: new Follower((since) => remote.fetch(since), take) };
}

/** What a server does that tells of a page: items [from, from + items.length). */
function offering(follower: Follower<Part>) {
  return (from: number, ...items: number[]): void => {
    const next = from + items.length;
    follower.offer({ from, next }, (at) => ({ from: at, next, items: items.slice(at - from) }));
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("Follower", () => {
  test("fetches page after page until it has what was announced", async () => {
    const remote = new RemoteList();
    remote.items = [1, 2, 3, 4, 5];
    const { got, follower } = follow(remote);
    follower.announce(5);
    await until(() => got.length === 5);
    expect(got).toEqual([1, 2, 3, 4, 5]);
    expect(remote.asked).toEqual([0, 3]);
  });

  test("takes what is offered where it goes on, and fetches where something is between", async () => {
    const remote = new RemoteList();
    const { got, follower } = follow(remote);
    const offer = offering(follower);
    offer(0, 1, 2);
    offer(1, 2, 3); // a part of it is known
    offer(0, 1, 2); // all of it
    expect(got).toEqual([1, 2, 3]);
    expect(remote.asked).toEqual([]);
    remote.items = [1, 2, 3, 4, 5, 6];
    offer(5, 6);
    await until(() => got.length === 6);
    expect(got).toEqual([1, 2, 3, 4, 5, 6]);
    expect(remote.asked).toEqual([3]);
  });

  test("takes what is offered soon after it fetched, too, but not while it fetches", async () => {
    const remote = new RemoteList();
    const { got, follower } = follow(remote);
    const offer = offering(follower);
    remote.items = [1];
    follower.announce(1);
    offer(0, 1);
    await until(() => got.length === 1);
    for (let next = 2; next < 12; next++) {
      offer(next - 1, next);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(remote.asked).toEqual([0]);
  });

  test("forgets a page that was on its way when the list was rewritten", async () => {
    const remote = new RemoteList();
    const { got, follower } = follow(remote);
    remote.items = [1, 2, 3];
    follower.announce(3);
    follower.restart();
    remote.items = [7, 8];
    await until(() => remote.asked.length >= 2 && got.length === 2);
    expect(got).toEqual([7, 8]);
    follower.announce(2);
    remote.items.push(9);
    follower.announce(3);
    await until(() => got.length === 3);
    expect(got).toEqual([7, 8, 9]);
  });

  test("resumes where it stopped when the trainer comes back", async () => {
    const remote = new RemoteList();
    remote.items = [1, 2];
    const { got, follower } = follow(remote);
    follower.announce(2);
    await until(() => got.length === 2);
    remote.away = true;
    follower.poke();
    await until(() => remote.asked.length > 1);
    remote.items.push(3);
    remote.away = false;
    follower.poke();
    await until(() => got.length === 3);
    expect(got).toEqual([1, 2, 3]);
    expect(remote.asked.filter((since) => since === 0)).toHaveLength(1);
  });

  test("a page that begins earlier than asked replaces what was rewritten", async () => {
    const remote = new RemoteList();
    remote.items = [1, 2, 3];
    const { got, follower } = follow(remote);
    follower.announce(3);
    await until(() => got.length === 3);
    remote.items = [1, 9];
    follower.restart();
    await until(() => got.length === 2);
    expect(got).toEqual([1, 9]);
  });
});
