/** The game that an agent is given: a definition, or what makes one. */
import { defineGame, type Game, type GameDefinition, gameOf } from "@carom/envs";
import { AgentError } from "../errors.js";

/** A game's definition, its class, or a function that makes a new game of one variant. */
export type GameSource = GameDefinition | (new () => Game) | (() => Game);

/** The definition. @throws AgentError BAD_VALUE · EnvError where a class is no game */
export function gameDefinition(game: GameSource): GameDefinition {
  if (typeof game === "function") {
    return isClass(game) ? gameOf({ [game.name || "game"]: game }) : defineGame(game);
  }
  if (typeof game === "object" && game !== null && typeof game.create === "function") return game;
  const got = typeof game === "string" ? `"${String(game)}"` : String(game);
  throw new AgentError(
    "BAD_VALUE",
    `the game must be a definition, a class or a function that makes a game (got ${got}, expected e.g. findGame("catch") of @carom/envs)`,
  );
}

function isClass(game: (new () => Game) | (() => Game)): game is new () => Game {
  const prototype: unknown = Reflect.get(game, "prototype");
  return typeof prototype === "object" && prototype !== null && "step" in prototype;
}
