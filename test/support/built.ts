/** The built packages, for tests whose threads load files: both sides then run the same code. */

/** Imports a file of a package's `dist`, e.g. "envs/dist/index.js", as the module type it is given. */
export async function importBuilt<T>(file: string): Promise<T> {
  return (await import(new URL(`../../packages/${file}`, import.meta.url).href)) as T;
}
