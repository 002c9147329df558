import { expect, test } from "vitest";
import { CloseUp } from "./close-up.js";
import { ThoughtLog } from "./model/thoughts.js";
import { PolicyHost } from "./policy/host.js";

/** A host whose policies cannot be looked into. */
class BrokenHost extends PolicyHost {
  asked = 0;

  constructor() {
    const fetch = async () => new Uint8Array(0);
    const open = () => {
      throw new Error("nobody answers");
    };
    super({ run: () => undefined, fetch, address: "", open });
  }

  override layers(): ReturnType<PolicyHost["layers"]> {
    this.asked++;
    return { done: Promise.reject(new Error("it is broken")), cancel: () => {} };
  }
}

test("a decision at which asking has failed is not asked about again", async () => {
  const host = new BrokenHost();
  const closeUp = new CloseUp(host, () => {});
  const policy = { id: "0", steps: 0, score: null, bytes: 1, crc: 1 };
  const opinion = { policy, log: new ThoughtLog(), result: undefined };
  const script = { seed: 1, actions: new Uint8Array(9), length: 9 };
  const frames = async (step: number) => {
    for (let i = 0; i < 5; i++) {
      closeUp.update(new Set(["activity"] as const), { opinion, script, step });
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  };
  await frames(3);
  expect(host.asked).toBe(1);
  await frames(4);
  expect(host.asked).toBe(2);
});
