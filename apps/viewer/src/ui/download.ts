/** Gives bytes to the browser as a file. */

/** Milliseconds for which the browser may read the bytes. */
const KEPT = 10_000;

export function download(name: string, bytes: Uint8Array): void {
  const blob = new Blob([bytes.slice()], { type: "application/octet-stream" });
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), KEPT);
}
