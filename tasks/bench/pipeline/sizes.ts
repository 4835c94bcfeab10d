/** How much is measured. */
export interface Sizes {
  /** Of the whole path and bare ffmpeg in turn, besides those that are not counted. */
  readonly rounds: number;
  /** Rounds of the whole path, and tens of segments that are sold, that come first and are not counted: code is compiled meanwhile. */
  readonly warmUp: { readonly rounds: number; readonly batches: number };
  /** Of the clip: width × height {pixels}, and its length {s}. */
  readonly size: string;
  readonly seconds: number;
  /** Live segments that nothing disturbs. */
  readonly undisturbed: number;
  /** Times that an orchestrator is killed, and as often stopped, with a segment in its hands. */
  readonly switches: number;
  /** Segments streamed with hedging, and as many without. */
  readonly hedged: number;
  /** Broadcasters that have a session with one orchestrator. */
  readonly sessions: number;
  /** Segments that they send, each to be told by its CPU time with the others of its batch. */
  readonly sold: number;
  /** That are asked for a quote. */
  readonly quoting: number;
  /** Of everything that is drawn. */
  readonly seed: number;
}

export const FULL: Sizes = {
  ...{ rounds: 3, warmUp: { rounds: 3, batches: 5 }, size: "1280x720", seconds: 30, undisturbed: 9, switches: 3 },
  ...{ hedged: 200, sessions: 1_000, sold: 300, quoting: 1_000, seed: 18 },
};
