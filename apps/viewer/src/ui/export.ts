/** Files that the reader takes along: made in the page, handed over by a download. */

/** Hands a file over under a name. */
export function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads it after this turn; a minute is enough for it to have begun.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/** A chart as it is on the page. */
export interface ChartPicture {
  readonly title: string;
  readonly value: string;
  /** Its canvas, and the device pixels per CSS pixel of it. */
  readonly canvas: HTMLCanvasElement;
  readonly ratio: number;
}

/** Colours and the font of a picture. */
export interface PictureLook {
  readonly paper: string;
  readonly ink: string;
  readonly quiet: string;
  readonly font: string;
}

const GAP = 24;
const HEAD = 26;

/** Charts below each other in one picture, with a heading. */
export async function chartsPicture(
  heading: string,
  charts: readonly ChartPicture[],
  { paper, ink, quiet, font }: PictureLook,
): Promise<Blob | undefined> {
  const ratio = charts[0]?.ratio ?? 1;
  const width = Math.max(...charts.map(({ canvas }) => canvas.width)) + 2 * GAP * ratio;
  const heights = charts.map(({ canvas }) => canvas.height + (HEAD + GAP) * ratio);
  const sum = heights.reduce((total, height) => total + height, 0);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = sum + (HEAD + 2 * GAP) * ratio;
  const context = canvas.getContext("2d");
  if (!context || charts.length === 0) return undefined;
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  const write = (text: string, x: number, y: number, color: string, size: number) => {
    context.fillStyle = color;
    context.font = `600 ${size * ratio}px ${font}`;
    context.fillText(text, x, y);
  };
  write(heading, GAP * ratio, (GAP + 12) * ratio, ink, 15);
  let top = (HEAD + GAP) * ratio;
  for (const [i, chart] of charts.entries()) {
    write(chart.title, GAP * ratio, top + 14 * ratio, quiet, 12);
    context.textAlign = "right";
    write(chart.value, width - GAP * ratio, top + 14 * ratio, ink, 13);
    context.textAlign = "left";
    context.drawImage(chart.canvas, GAP * ratio, top + HEAD * ratio);
    top += heights[i];
  }
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? undefined), "image/png"));
}
