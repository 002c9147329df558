/**
 * Branches kept in this browser, one list per run (IndexedDB). Where storage is refused, as in a
 * private window, they last as long as the page.
 */
import type { Branch } from "../model/branches.js";

const DATABASE = "carom";
const TABLE = "branches";

/** A branch as it is stored: under its run. */
interface StoredBranch extends Branch {
  readonly run: string;
}

export interface BranchStore {
  /** The branches of a run, in no order. */
  all(run: string): Promise<readonly Branch[]>;
  put(run: string, branch: Branch): Promise<void>;
  remove(run: string, id: string): Promise<void>;
}

/** The store of this browser; nothing is lost on the page if it refuses. */
export function browserBranchStore(): BranchStore {
  let opened: Promise<IDBDatabase> | undefined;
  const table = async (mode: IDBTransactionMode): Promise<IDBObjectStore> => {
    opened ??= openDatabase();
    return (await opened).transaction(TABLE, mode).objectStore(TABLE);
  };
  return {
    all: async (run) => {
      const rows: StoredBranch[] = await answer(
        (await table("readonly")).index("run").getAll(IDBKeyRange.only(run)),
      );
      return rows.map(({ run: _, ...branch }) => branch);
    },
    put: async (run, branch) => {
      const into = await table("readwrite");
      into.put({ ...branch, run });
      await written(into.transaction);
    },
    remove: async (run, id) => {
      const from = await table("readwrite");
      from.delete([run, id]);
      await written(from.transaction);
    },
  };
}

/** A store for pages whose branches last as long as they do. */
export const passingBranchStore: BranchStore = {
  all: async () => [],
  put: async () => {},
  remove: async () => {},
};

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    const table = request.result.createObjectStore(TABLE, { keyPath: ["run", "id"] });
    table.createIndex("run", "run");
  };
  return answer(request);
}

/** Resolves once it is on the disk: that there is no room may turn out only then. */
function written(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () =>
      reject(transaction.error ?? new Error("the browser's storage failed"));
  });
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}
