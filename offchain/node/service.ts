/** A running role. `done` settles when it ends by itself; `close` ends it and frees what it holds. */
export interface Service {
  readonly done: Promise<void>;
  close(): Promise<void>;
}
