/** The demo's account as JSON; amounts in wei as decimal strings. */
export interface DemoReport {
  readonly segments: number;
  /** How many renditions each segment has, and their names. */
  readonly renditions: number;
  readonly ladder: readonly string[];
  readonly deliveredPercent: number;
  readonly ticketsSent: number;
  readonly ticketsWon: number;
  readonly ticketsRedeemed: number;
  readonly broadcasterPaidWei: string;
  /** What the tickets sent were worth on average. */
  readonly expectedWei: string;
  readonly orchestrators: readonly {
    readonly address: string;
    readonly segments: number;
    readonly earnedWei: string;
  }[];
  readonly gasUsed: number;
  readonly mediaSeconds: number;
  /** From the start of the broadcaster's process to the last redemption. */
  readonly wallSeconds: number;
  readonly bareFfmpegSeconds: number;
  readonly ratio: number;
  readonly bareFfmpegCommand: string;
  readonly ffmpeg: { readonly path: string; readonly version: string };
  /** Why the exit status is not zero; empty when all is well. */
  readonly failures: readonly string[];
}
