/**
 * The reader's choices, kept in this browser. Where storage is refused, they last as long as the
 * page.
 */

type Setting =
  | ("theme" | "boards" | "smoothing" | "order" | "overlays" | "countdown" | "describe")
  | ("charts" | "scale");

const prefix = "carom.";

export function kept(name: Setting): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keep(name: Setting, value: string): void {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // A private window may refuse; nothing depends on it.
  }
}
