/** The one error of this package: the server cannot be started. */

/** Stable codes of ServerError. */
export type ServerErrorCode =
  /** No port near the wanted one is free. */
  | "PORT_UNAVAILABLE"
  /** An option is wrong. */
  | "INVALID_ARGUMENT";

/** The server cannot be started. */
export class ServerError extends Error {
  override readonly name: string = "ServerError";
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
