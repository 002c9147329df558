/** What `window.__carom` offers to tests of the page; apps/viewer/src/handle.ts. */

export interface Handle {
  readonly mode: string;
  readonly currentStep: number;
  readonly length: number;
  readonly episode: string | undefined;
  readonly episodes: readonly string[];
  readonly rows: number;
  readonly link: string;
  readonly upToDate: boolean;
  readonly renderer: string;
  readonly boards: readonly {
    env: number;
    episode: number | undefined;
    step: number;
    score: number;
  }[];
  readonly playing: string;
  readonly liveEnv: number | undefined;
  readonly branches: readonly {
    name: string;
    at: number;
    length: number;
    return: number;
    replay: readonly number[];
  }[];
  readonly policies: readonly { readonly id: string; readonly steps: number }[];
  readonly highlights: readonly number[];
  thought(
    step: number,
  ):
    | { readonly policy: string; readonly value: number; readonly weights: readonly number[] }
    | undefined;
  play(policy: string, seed: number, most: number): Promise<readonly number[]>;
  readonly performer: number | undefined;
  readonly ages: readonly (number | undefined)[];
  readonly difference: number | undefined;
  readonly duel: { phase: string; person: number; agent: number | undefined; seed: number };
  checksum(): number | undefined;
  checksumsAt(steps: readonly number[]): readonly (number | undefined)[];
  seek(step: number): void;
  open(id: string): Promise<void>;
}

declare global {
  interface Window {
    __carom: Handle;
  }
}
