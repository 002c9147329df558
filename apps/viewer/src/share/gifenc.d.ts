/** What this package uses of gifenc, which has no types of its own. */
declare module "gifenc" {
  /** Red, green, blue, 0 to 255. */
  export type Color = readonly [number, number, number];

  export interface Gif {
    writeFrame(
      index: Uint8Array,
      width: number,
      height: number,
      options: {
        readonly palette?: readonly (readonly number[])[];
        /** Milliseconds. */
        readonly delay: number;
        readonly transparent?: boolean;
        readonly transparentIndex?: number;
        readonly dispose?: number;
      },
    ): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
    bytesView(): Uint8Array;
  }

  export function GIFEncoder(): Gif;
  export function quantize(rgba: Uint8Array, most: number): number[][];
  export function nearestColorIndex(colors: readonly (readonly number[])[], color: Color): number;
}
