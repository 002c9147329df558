/**
 * The names that a function closes over, with their live values: module constants, helpers, imports.
 * Text alone does not show them, V8's in-process inspector does ([[Scopes]]), also in bundled and
 * minified code. The only file that uses it.
 */
import { Session } from "node:inspector";

/** One level of names around a function, innermost first; `undefined` values count as absent. */
export type Scope = Readonly<Record<string, unknown>>;

/** What the engine knows about a function that its text does not say. */
export interface FunctionFacts {
  readonly scopes: readonly Scope[];
  /** Line and column of its text in its script, from 0. */
  readonly line: number;
  readonly column: number;
  /** Number of the script that it is in; "" if unknown. */
  readonly script: string;
}

interface RemoteObject {
  readonly objectId?: string;
  readonly description?: string;
  readonly value?: unknown;
}
interface Property {
  readonly name: string;
  readonly value?: RemoteObject;
}
interface Properties {
  readonly result: readonly Property[];
  readonly internalProperties?: readonly Property[];
}
interface Evaluated {
  readonly result: RemoteObject;
}
interface FunctionLocation {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** The name under which values pass between the inspector and this module. */
const DOOR = Symbol.for("@carom/compiler: a value for the inspector");
const door: { value: unknown } = { value: undefined };

/** Looks into functions until it is closed. */
export class Inspector {
  private readonly session: Session = new Session();
  private readonly urls: Map<string, string> = new Map();

  /** Throws where the runtime has no inspector. */
  constructor() {
    this.session.connect();
    Object.defineProperty(globalThis, DOOR, { value: door, configurable: true });
  }

  /** The scopes and the place of a function. */
  look(fn: object): FunctionFacts {
    door.value = fn;
    const expression = `globalThis[Symbol.for(${JSON.stringify(DOOR.description)})].value`;
    const { result } = this.post<Evaluated>("Runtime.evaluate", { expression });
    const { internalProperties = [] } = this.properties(result);
    const location = internalProperties.find(({ name }) => name === "[[FunctionLocation]]");
    const list = internalProperties.find(({ name }) => name === "[[Scopes]]")?.value;
    const place = location?.value?.value as FunctionLocation | undefined;
    const entries = list ? this.properties(list).result : [];
    const scopes = entries.flatMap(({ value }) => (value ? this.scope(value) : []));
    this.post("Runtime.releaseObjectGroup", { objectGroup: "" });
    return {
      scopes,
      line: place?.lineNumber ?? 0,
      column: place?.columnNumber ?? 0,
      script: place?.scriptId ?? "",
    };
  }

  /** Address of a script, or "". Slow the first time: the engine lists all its scripts. */
  address(script: string): string {
    if (this.urls.size === 0) {
      this.session.on("Debugger.scriptParsed", ({ params }) => {
        this.urls.set(params.scriptId, params.url);
      });
      this.post("Debugger.enable", {});
      this.post("Debugger.disable", {});
    }
    return this.urls.get(script) ?? "";
  }

  /** Ends the session. */
  close(): void {
    door.value = undefined;
    this.session.disconnect();
  }

  private scope(remote: RemoteObject): Scope[] {
    if (remote.description?.startsWith("Global")) return [];
    this.post("Runtime.callFunctionOn", {
      objectId: remote.objectId,
      functionDeclaration: `function () { globalThis[Symbol.for(${JSON.stringify(DOOR.description)})].value = this.object; }`,
    });
    return [door.value as Scope];
  }

  private properties(remote: RemoteObject): Properties {
    return this.post("Runtime.getProperties", { objectId: remote.objectId, ownProperties: true });
  }

  private post<T>(method: string, params: object): T {
    let answer: T | undefined;
    let failure: Error | null = null;
    this.session.post(method, params, (error: Error | null, result?: object) => {
      failure = error;
      answer = result as T;
    });
    if (failure !== null) throw failure;
    return answer as T;
  }
}
