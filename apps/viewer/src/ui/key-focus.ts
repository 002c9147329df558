/** Keys that the page must leave to what has the focus. */

/** Keys that the focused element or an open dialog needs for itself. */
export function belongsElsewhere({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog") && key !== "?") return true;
  if (target.matches("input, select, textarea")) return true;
  return target.matches("button") && (key === " " || key === "Enter");
}
