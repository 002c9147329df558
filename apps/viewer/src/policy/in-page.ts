/**
 * A desk in the page itself: for games that only the page has, and where a worker cannot be started. It
 * works in slices of some milliseconds, so the page goes on.
 */
import type { GameDefinition } from "@carom/envs";
import { Desk } from "./desk.js";
import type { PolicyPort } from "./port.js";

/** @param definition the run's game, where it is at hand and need not be found */
export function inPage(definition?: () => GameDefinition | undefined): PolicyPort {
  let isOpen = true;
  const desk = new Desk((message) => {
    if (isOpen) port.onMessage(message);
  }, definition);
  const port: PolicyPort = {
    // Whoever sends goes on first, as with a worker.
    post: (message) => queueMicrotask(() => isOpen && desk.hear(message)),
    onMessage: () => {},
    onError: () => {},
    close: () => {
      if (isOpen) desk.dispose();
      isOpen = false;
    },
  };
  return port;
}
