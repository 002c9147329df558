/** Keys that the page must leave to what has the focus. */

/** The element that an event is about; inside of a shadow root too, for which `target` names the host. */
export function targetOf(event: Event): Element | undefined {
  const [target] = event.composedPath();
  return target instanceof Element ? target : undefined;
}

/** Keys that the focused element or an open dialog needs for itself. */
export function belongsElsewhere(event: KeyboardEvent): boolean {
  const { key } = event;
  const target = targetOf(event);
  if (!target) return false;
  if (target.closest("dialog") && key !== "?") return true;
  if (target.matches("input, select, textarea")) return true;
  return target.matches("button") && (key === " " || key === "Enter");
}
