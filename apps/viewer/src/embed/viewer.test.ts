/** What a viewer tells of how it begins, without a page. */
import { encodeReplay, findGame, makeReplay } from "@carom/envs";
import { expect, test } from "vitest";
import { quietApi } from "../net/testing.js";
import { Session } from "../session.js";
import { Stage } from "../stage.js";
import { looseReplay, openLoose, showLoose, viewerOf } from "./viewer.js";

const actions = Uint8Array.from({ length: 20 }, (_, i) => i % 3);
const replay = makeReplay({ seed: 3, actions }, findGame("breakout"));

function viewer(session: Session) {
  const stage = new Stage(session, () => {});
  let disposals = 0;
  const dispose = () => void disposals++;
  const made = viewerOf({ stage, session, open: async () => {}, dispose });
  return { ...made, stage, disposals: () => disposals };
}

/** What became of a viewer's `ready` by now. */
async function fateOf(ready: Promise<void>): Promise<string> {
  const fate = ready.then(
    () => "ready",
    (error: Error) => error.message,
  );
  return Promise.race([fate, new Promise<string>((resolve) => setTimeout(resolve, 5, "open"))]);
}

test("is ready with its first episode", async () => {
  const loose = looseReplay(encodeReplay(replay));
  const session = openLoose(loose).wakes(() => {});
  const { viewer: made, look, stage } = viewer(session);
  const shown = showLoose(stage, loose, { autoplay: false, step: 0 });
  look(); // it is on its way
  expect(await fateOf(made.ready)).toBe("open");
  await shown;
  look();
  expect(await fateOf(made.ready)).toBe("ready");
});

test("says why there is no episode to expect", async () => {
  const refused = new Session(quietApi, () => {});
  refused.link = { phase: "refused", problem: "The trainer refused this page." };
  const gameless = new Session(quietApi, () => {});
  gameless.problem = "There is no such game.";
  gameless.listed = true;
  const empty = new Session(quietApi, () => {});
  empty.listed = true;
  for (const [session, why] of [
    [refused, "The trainer refused this page."],
    [gameless, "There is no such game."],
    [empty, "The run keeps no episodes."],
  ] as const) {
    const { viewer: made, look } = viewer(session);
    const heard: string[] = [];
    made.on("problem", ({ message }) => heard.push(message));
    look();
    expect(await fateOf(made.ready)).toBe(why);
    expect(heard).toEqual(session === empty ? [] : [why]);
  }
});

test("waits where an episode may still come", async () => {
  const session = new Session(quietApi, () => {});
  session.problem = "There is no such game."; // an episode may bring its own pictures
  const { viewer: made, look } = viewer(session);
  look();
  expect(await fateOf(made.ready)).toBe("open");
});

test("does not leave who waits alone when it goes", async () => {
  const { viewer: made, disposals } = viewer(new Session(quietApi, () => {}));
  made.dispose();
  expect(await fateOf(made.ready)).toContain("disposed of");
  expect(disposals()).toBe(1);
});
