/**
 * Gamepads as keys: the stick and the cross are the arrows, the buttons are Space, X, Z and digits,
 * whichever of them the game knows.
 */

/** How far a stick must be pushed. */
const PUSHED = 0.5;
/** Codes of the cross, by the number of the button in the standard layout. */
const CROSS: Readonly<Record<number, string>> = {
  12: "ArrowUp",
  13: "ArrowDown",
  14: "ArrowLeft",
  15: "ArrowRight",
};
/** What the face buttons stand for, the first that the game knows. */
const FACES: readonly (readonly string[])[] = [
  ["Space", "Enter", "Digit1"],
  ["KeyX", "Digit2"],
  ["KeyZ", "Digit3"],
  ["Digit4"],
];

/** Codes of the keys that all gamepads hold down at the moment. */
export function gamepadCodes(owns: (code: string) => boolean): ReadonlySet<string> {
  const codes = new Set<string>();
  for (const pad of navigator.getGamepads?.() ?? []) {
    if (!pad) continue;
    const [x = 0, y = 0] = pad.axes;
    if (Math.abs(x) > PUSHED) codes.add(x < 0 ? "ArrowLeft" : "ArrowRight");
    if (Math.abs(y) > PUSHED) codes.add(y < 0 ? "ArrowUp" : "ArrowDown");
    for (const [i, button] of pad.buttons.entries()) {
      const code = CROSS[i] ?? FACES[i]?.find(owns);
      if (button.pressed && code) codes.add(code);
    }
  }
  return codes;
}
