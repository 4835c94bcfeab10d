/** A transaction that may not be included yet. */
export interface SentCall {
  /** Hash of what it calls. */
  readonly call: string;
  readonly nonce: number;
  readonly raw: string;
  /** {wei} per gas. */
  readonly maxFee: bigint;
  readonly priorityFee: bigint;
  /** Block after which this version of it was sent. */
  readonly sentAt: number;
}

/** Where transactions are remembered, before they are sent. */
export interface SentCallRows {
  list(): SentCall[];
  put(sent: SentCall): void;
  drop(call: string): void;
  dropBelow(nonce: number): void;
}
