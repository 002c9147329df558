/** Seaquest on a grid: conformance, each rule on boards drawn in text, a golden trajectory. */
import { describe, expect, test } from "vitest";
import { checkGame } from "../../conformance/check-game.js";
import { nextBelow, seedRandom } from "../../random.js";
import { checksum } from "../../state.js";
import { picture, placeRow, sea } from "../../testing/seaquest-boards.js";
import { asText } from "../../text-canvas.js";
import { MiniSeaquest, miniSeaquest } from "./mini-seaquest.js";

const [STAY, LEFT, UP, RIGHT, DOWN, FIRE] = [0, 1, 2, 3, 4, 5];

function play(game: MiniSeaquest, ...actions: number[]): number {
  return actions.reduce((sum, action) => sum + game.step(action), 0);
}

const stay = (count: number): number[] => new Array<number>(count).fill(STAY);

test("keeps the contract of games", () => {
  expect(checkGame(miniSeaquest).failures).toEqual([]);
});

test("starts at the surface, facing left, full of oxygen and alone", () => {
  const game = new MiniSeaquest();
  game.seed(3);
  game.reset();
  expect(picture(game)).toEqual([
    ".....Ss...",
    "..........",
    "..........",
    "..........",
    "..........",
    "..........",
    "..........",
    "..........",
    "..........",
    "oooooooooo",
  ]);
  expect(play(game, ...stay(15))).toBe(0);
  expect([game.terminated, game.oxygen]).toEqual([false, 200]);
});

test("the picture shows the submarines, fish, divers, shots and gauges", () => {
  const game = sea(
    { 2: ".~F.......", 4: "..sS.-..U~", 5: ".....*....", 6: "....D~...." },
    { divers: 2, oxygen: 100 },
  );
  const letters = {
    5951999: "S",
    5030794: "F",
    13715803: "U",
    11566335: "D",
    16777215: "-",
    15909198: "=",
    7128021: ".",
    1514279: " ",
  };
  expect(asText(game, { cellWidth: 1, cellHeight: 1, letters }).split("\n")).toEqual([
    "..........",
    "..........",
    ".FF.......",
    "..........",
    "..SS.-..UU",
    ".....U....",
    "....D.....",
    "..........",
    "..........",
    "===      D",
  ]);
});

describe("the submarine", () => {
  test.each([
    ["goes left and faces there", LEFT, 4, "..Ss......"],
    ["goes right and turns", RIGHT, 4, "...sS....."],
    ["goes up and faces where it did", UP, 3, "...Ss....."],
    ["goes down", DOWN, 5, "...Ss....."],
    ["stays", STAY, 4, "...Ss....."],
  ])("%s", (_, action, y, row) => {
    const game = sea({ 4: "...Ss....." });
    game.step(action);
    expect(picture(game)[y]).toBe(row);
  });

  test("stops at the sides and above the gauges", () => {
    const game = sea({ 7: "Ss........" });
    play(game, LEFT, DOWN, DOWN, DOWN);
    expect(picture(game).slice(7)).toEqual(["..........", "Ss........", "ooooooooo."]);
    const right = sea({ 7: "........sS" });
    play(right, RIGHT);
    expect(picture(right)[7]).toBe("........sS");
  });

  test("its shots leave the front, fly a cell per decision and out of the board", () => {
    const game = sea({ 4: "....sS...." });
    const rows = [FIRE, STAY, STAY, STAY, STAY].map((action) => {
      game.step(action);
      return picture(game)[4];
    });
    expect(rows).toEqual(["....sS-...", "....sS.-..", "....sS..-.", "....sS...-", "....sS...."]);
  });

  test("fires once in five decisions", () => {
    const game = sea({ 4: "sS........" });
    play(game, FIRE, FIRE, FIRE, FIRE, FIRE);
    expect(picture(game)[4]).toBe("sS....-...");
    play(game, FIRE);
    expect(picture(game)[4]).toBe("sS-....-..");
  });
});

describe("shooting", () => {
  test.each([
    ["a fish", "sS.-F~...."],
    ["an enemy submarine", "sS.-U~...."],
  ])("%s gives 1, and both are gone", (_, row) => {
    const game = sea({ 4: row }, { moveTime: 5 });
    game.moveWait.fill(3);
    expect(game.step(STAY)).toBe(1);
    expect(picture(game)[4]).toBe("sS........");
  });

  test.each([
    ["a fish", "sS.-.F~..."],
    ["an enemy submarine", "sS.-.U~..."],
  ])("%s that runs into a shot counts as well", (_, row) => {
    const game = sea({ 4: row });
    expect(game.step(STAY)).toBe(1);
    expect(picture(game)[4]).toBe("sS........");
  });

  test("one shot takes one of two enemies in a cell", () => {
    const game = sea({ 4: "sS.-U~...." });
    placeRow(game, 4, "....F~....");
    game.moveWait.fill(3);
    expect(game.step(STAY)).toBe(1);
    expect(picture(game)[4]).toBe("sS..U~....");
  });

  test("a shot in another row hits nothing, and passes divers and enemy shots", () => {
    const game = sea({ 3: "....F~....", 4: "sS.-D~...." });
    placeRow(game, 4, "....*.....");
    game.direction[game.kind.indexOf(2)] = 1;
    game.moveWait.fill(3);
    expect(game.step(STAY)).toBe(0);
    expect(picture(game).slice(3, 5)).toEqual(["....F~....", "sS..D*...."]);
  });
});

describe("the end", () => {
  test.each([
    ["a fish swims into the front", "..sSF~....", STAY],
    ["an enemy submarine runs into it", "..sSU~....", STAY],
    ["it goes into a fish", "..sSF~....", RIGHT],
    ["an enemy's shot reaches it", "..sS*.....", STAY],
    ["it goes into a shot", "..sS.*....", RIGHT],
  ])("comes where %s", (_, row, action) => {
    const game = sea({ 4: row });
    if (action === RIGHT) game.moveWait.fill(3);
    expect([game.step(action), game.terminated]).toEqual([0, true]);
  });

  test("does not come from what touches the back, or from a diver", () => {
    const game = sea({ 4: "~F.sS....." });
    play(game, STAY, ...stay(5), STAY);
    expect([picture(game)[4], game.terminated]).toEqual(["..~FS.....", false]);
    const met = sea({ 4: "..sSD~...." });
    play(met, RIGHT);
    expect(met.terminated).toBe(false);
  });

  test("comes when the oxygen is used up, after 200 decisions below", () => {
    const game = sea({ 4: "...Ss....." });
    const lit = Array.from({ length: 199 }, () => {
      game.kind.fill(0);
      game.step(STAY);
      return picture(game)[9].replaceAll(".", "").length;
    });
    expect([lit[0], lit[18], lit[19], lit[20], lit[178], lit[179], lit[180], lit[198]]).toEqual([
      9, 9, 9, 8, 1, 1, 0, 0,
    ]);
    expect([game.oxygen, game.terminated]).toEqual([1, false]);
    game.kind.fill(0);
    expect([game.step(STAY), game.terminated]).toEqual([0, true]);
  });

  test("comes when it surfaces without a diver", () => {
    const game = sea({ 1: "...Ss....." }, { divers: 0 });
    expect([game.step(UP), game.terminated]).toEqual([0, true]);
  });
});

describe("divers", () => {
  test("come on board when the front goes to them, or they swim to it", () => {
    const game = sea({ 4: "..sS.D~..." });
    game.step(RIGHT);
    expect([picture(game)[4], picture(game)[9]]).toEqual(["...sS.....", "ooooooood."]);
    const goes = sea({ 4: "..sSD~...." });
    goes.moveWait.fill(3);
    goes.step(RIGHT);
    expect([goes.divers, picture(goes)[4]]).toEqual([1, "...sS....."]);
  });

  test("fill a gauge from column 8 to the left, six at most; the seventh swims on", () => {
    const game = sea({ 4: "..sS.D~..." }, { divers: 5, oxygen: 40 });
    play(game, RIGHT);
    expect([game.divers, picture(game)[9]]).toEqual([6, "o..dddddd."]);
    placeRow(game, 4, ".....D~...");
    play(game, STAY);
    expect([game.divers, picture(game)[4]]).toEqual([6, "...sD~...."]);
    play(game, ...stay(6));
    expect([game.divers, picture(game)[4]]).toEqual([6, "...DS....."]);
  });

  test("pay for the air: coming up takes one and fills the oxygen, without a reward", () => {
    const game = sea({ 1: "...Ss....." }, { divers: 3, oxygen: 21 });
    expect([game.step(UP), game.divers, game.oxygen]).toEqual([0, 2, 200]);
    expect(picture(game)[9]).toBe("oooooooddo");
    play(game, ...stay(5));
    expect([game.divers, game.terminated]).toEqual([2, false]);
    play(game, DOWN, UP);
    expect([game.divers, game.terminated]).toEqual([1, false]);
    play(game, DOWN, UP, DOWN, UP);
    expect([game.divers, game.terminated]).toEqual([0, true]);
  });

  test.each([
    [200, 10],
    [199, 9],
    [119, 5],
    [20, 1],
    [19, 0],
  ])("six of them and %i of oxygen give %i, a point per lit cell", (oxygen, reward) => {
    const game = sea({ 1: "...Ss....." }, { divers: 6, oxygen });
    const lit = picture(game)[9].slice(0, 3).replaceAll(/[^o]/g, "").length;
    expect(lit).toBe(Math.min(3, reward));
    expect([game.step(UP), game.divers, game.oxygen]).toEqual([reward, 0, 200]);
  });
});

describe("what comes", () => {
  test("an enemy every 20th decision, a diver every 30th, from the sides", () => {
    const game = new MiniSeaquest();
    game.seed(5);
    game.reset();
    const arrivals: string[] = [];
    for (let decision = 0; decision <= 100; decision++) {
      game.step(STAY);
      for (let slot = 0; slot < 72; slot++) {
        if (game.kind[slot] === 0) continue;
        expect([0, 9]).toContain(game.thingX[slot]);
        arrivals.push(`${decision} ${game.kind[slot] === 5 ? "diver" : "enemy"}`);
        game.kind[slot] = 0;
      }
    }
    expect(arrivals).toEqual([
      "20 enemy",
      "30 diver",
      "40 enemy",
      "60 enemy",
      "60 diver",
      "80 enemy",
      "90 diver",
      "100 enemy",
    ]);
  });

  test("is a submarine once in three, in all rows and from both sides", () => {
    const game = new MiniSeaquest();
    game.seed(6);
    game.reset();
    const counts = [0, 0, 0, 0, 0, 0];
    const places = new Set<string>();
    for (let i = 0; i < 20_000; i++) {
      game.kind.fill(0);
      Object.assign(game, { spawnWait: 0, diverWait: 0 });
      game.step(STAY);
      for (let slot = 0; slot < 2; slot++) {
        counts[game.kind[slot]] += 1;
        const side = game.thingX[slot] === 0 ? 1 : -1;
        expect(game.direction[slot]).toBe(side);
        places.add(`${game.kind[slot]} ${game.thingY[slot]} ${side}`);
      }
    }
    expect(Math.abs(counts[4] / (counts[3] + counts[4]) - 1 / 3)).toBeLessThan(0.02);
    expect([counts[3] + counts[4], counts[5], places.size]).toEqual([20_000, 20_000, 48]);
  });

  test("does not come in a row where an enemy goes the other way", () => {
    const game = sea({ 0: "....Ss...." }, { surfaced: true });
    for (let y = 1; y <= 8; y++) placeRow(game, y, "......F~..");
    let arrivals = 0;
    for (let i = 0; i < 200; i++) {
      game.moveWait.fill(3);
      game.spawnWait = 0;
      game.kind.fill(0, 8);
      game.step(STAY);
      const came = game.kind.indexOf(3, 8) >= 0 ? 8 : game.kind.indexOf(4, 8);
      if (came < 0) continue;
      arrivals += 1;
      expect([game.thingX[8], game.direction[8]]).toEqual([9, -1]);
    }
    expect(Math.abs(arrivals - 100)).toBeLessThan(40);
  });

  test("enemies and divers move every 6th decision, out at the other side", () => {
    const game = sea({ 0: "....Ss....", 3: "......~F..", 5: ".D~......." }, { surfaced: true });
    const seen = Array.from({ length: 14 }, () => {
      game.spawnWait = 9;
      game.step(STAY);
      return `${picture(game)[3].slice(6)} ${picture(game)[5].slice(0, 3)}`;
    });
    expect(seen).toEqual([
      ...new Array<string>(6).fill(".~F. D~."),
      ...new Array<string>(6).fill("..~F ..."),
      ...new Array<string>(2).fill(".... ..."),
    ]);
  });

  test("enemy submarines shoot every 11th decision where they go, fish never", () => {
    const game = sea({ 0: "....Ss....", 3: "~U........", 5: "~F........" }, { surfaced: true });
    game.moveWait.fill(100);
    const seen = Array.from({ length: 24 }, () => {
      game.spawnWait = 9;
      game.diverWait = 9;
      game.step(STAY);
      return picture(game).slice(1).join("").indexOf("*") - 20;
    });
    expect(seen).toEqual([
      ...new Array<number>(10).fill(-21),
      ...[2, 3, 4, 5, 6, 7, 8, 9, -21, -21, -21],
      ...[2, 3, 4],
    ]);
  });

  test("comes and moves faster with each surfacing, within limits", () => {
    const game = sea({ 0: "...Ss....." });
    const times = Array.from({ length: 20 }, () => {
      Object.assign(game, { divers: 2, surfaced: false });
      game.kind.fill(0);
      game.step(STAY);
      return `${game.spawnTime} ${game.moveTime}`;
    });
    expect(times.slice(0, 8)).toEqual([
      "19 5",
      "18 4",
      "17 4",
      "16 3",
      "15 3",
      "14 2",
      "13 2",
      "12 2",
    ]);
    expect(times.slice(17)).toEqual(["2 2", "1 2", "1 2"]);
  });

  test("always finds a slot, also at the highest pace", () => {
    const game = sea({ 0: "...Ss....." }, { surfaced: true, spawnTime: 1, moveTime: 2 });
    let most = 0;
    for (let i = 0; i < 20_000; i++) {
      game.step(i % 2 === 0 ? FIRE : STAY);
      most = Math.max(most, game.kind.filter((kind) => kind !== 0).length);
    }
    expect(most).toBeGreaterThan(25);
    expect(most).toBeLessThan(65);
  });
});

test("a game from one seed stays what it was", () => {
  const game = new MiniSeaquest();
  game.seed(2024);
  game.reset();
  const random = new Uint32Array(4);
  seedRandom(random, 7);
  let total = 0;
  let ends = 0;
  for (let step = 0; step < 3000; step++) {
    if (game.terminated) {
      game.reset();
      ends += 1;
    }
    total += game.step(nextBelow(random, 6));
  }
  expect([total, ends, checksum(game)]).toEqual([12, 116, 2161871883]);
});
