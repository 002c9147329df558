import type { GameDefinition } from "@carom/envs";
export const sound: GameDefinition;
export const throwing: GameDefinition;
export const hanging: GameDefinition;
export const exiting: GameDefinition;
export const exhausting: GameDefinition;
export const notANumber: GameDefinition;
export const broken: GameDefinition;
export const wild: GameDefinition;
