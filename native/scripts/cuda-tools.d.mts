/** NVIDIA's compiler. */
export interface CudaCompiler {
  readonly path: string;
  /** "PATH", the name of a variable, or a folder. */
  readonly from: string;
  /** "13.0"; undefined where it does not run or does not tell. */
  readonly version: string | undefined;
}

/** Folders of the system. */
export interface CudaPlaces {
  readonly toolkits: string;
  readonly python: readonly string[];
  readonly libraries: readonly string[];
  loader(): readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

export declare const compilerAdvice: string;
export declare const releaseArchitectures: string;
export declare function cudaMode(env?: Env): "auto" | "on" | "off";
export declare function findCudaCompiler(env?: Env, places?: CudaPlaces): CudaCompiler | undefined;
export declare function findCudaDriver(env?: Env, places?: CudaPlaces): string | undefined;
export declare function missingCompiler(
  compiler: CudaCompiler | undefined,
  env?: Env,
): string | undefined;
export declare function cudaBuildEnv(compiler: CudaCompiler, env?: Env): Record<string, string>;
export declare function cudaArchitectures(
  env?: Env,
  capabilities?: (env: Env) => readonly number[],
): string;
