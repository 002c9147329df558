/** Follows the best live game on the stage; which one that is decides model/best-board.ts. */
import { BestBoard } from "./model/best-board.js";
import type { LiveBoard } from "./model/live-board.js";
import type { Session } from "./session.js";
import type { Stage } from "./stage.js";

export class FollowBest {
  private readonly best = new BestBoard();
  private readonly session: Session;
  private readonly stage: Stage;

  constructor(session: Session, stage: Stage) {
    this.session = session;
    this.stage = stage;
  }

  /** Begins to follow, or stays with the game that is on the stage. */
  toggle(): void {
    const { stage } = this;
    stage.bestFollowed = !stage.bestFollowed;
    if (!stage.bestFollowed) return;
    this.best.reset();
    this.choose(0);
  }

  /** Puts another game on the stage when it is time. */
  tick(seconds: number): void {
    const { stage } = this;
    if (stage.bestFollowed && stage.state.mode !== "paused") this.choose(seconds);
  }

  private choose(seconds: number): void {
    const { stage, session, best } = this;
    const boards = [...session.boards.values()].filter((board) => board.watched);
    const before = best.env;
    const env = best.choose(boards.map(contender), seconds);
    const board = env === undefined ? undefined : session.boards.get(env);
    if (!board) return;
    const shown = stage.show?.kind === "live" ? stage.show.episode : undefined;
    if (env === before && (shown === board.watched || !board.running)) return;
    stage.openBoard(board);
    stage.bestFollowed = true;
  }
}

function contender(board: LiveBoard): { env: number; score: number; running: boolean } {
  return { env: board.env, score: board.score, running: board.running };
}
