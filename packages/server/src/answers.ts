/** Answers of the HTTP side as values: status, headers, body. Sent in one place (http.ts). */
import { encodeJson } from "@carom/runs/formats";

/** An answer that is complete. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A JSON value. */
export function json(value: object, status = 200): Answer {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "cache-control": "no-store",
  };
  return { status, headers, body: new TextEncoder().encode(encodeJson(value)) };
}

/** Bytes that only the page knows how to read. */
export function bytes(body: Uint8Array): Answer {
  const headers = { "content-type": "application/octet-stream", "cache-control": "no-store" };
  return { status: 200, headers, body };
}

/** A module for the page to import; its address has the token, as an import can send no header. */
export function script(body: Uint8Array): Answer {
  const headers = { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-store" };
  return { status: 200, headers, body };
}

/** A refusal or a failure, with a code for programs and a sentence for people. */
export function problem(status: number, code: string, message: string): Answer {
  return json({ error: { code, message } }, status);
}
