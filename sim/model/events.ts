/** What a contract tells in its log: the event's name and its values, in their order. */
export interface Event {
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Emit = (name: string, ...args: readonly unknown[]) => void;
