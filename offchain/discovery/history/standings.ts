import type { ErrorCode } from "../../errors.ts";
import type { Clock } from "../../pm/interface.ts";
import type { StandingRows } from "./interface.ts";
import type { PaceCounts, Pacing } from "./pace.ts";
import {
  decayed,
  newStanding,
  type Reputation,
  reputationOf,
  type Standing,
  withFailure,
  withLateness,
  withSuccess,
} from "./standing.ts";

const UNKNOWN = reputationOf(newStanding("", 0), "live", 0, 1);

export interface StandingsOptions {
  /** Which times are taken and asked for. */
  readonly pacing: Pacing;
  /** {ms} */
  readonly halfLifeMs: number;
  /** Most orchestrators that are remembered; beyond it those go that were not used for longest. */
  readonly most: number;
}

/** The histories of all orchestrators; every change is in the store when the call returns. */
export class Standings {
  readonly #options: StandingsOptions;
  readonly #rows: StandingRows;
  readonly #clock: Pick<Clock, "now">;
  /** The last one used is the last one here. */
  readonly #known: Map<string, Standing>;

  constructor(options: StandingsOptions, modules: { readonly rows: StandingRows; readonly clock: Pick<Clock, "now"> }) {
    this.#options = options;
    this.#rows = modules.rows;
    this.#clock = modules.clock;
    const all = modules.rows.all().sort((a, b) => a.at - b.at);
    this.#known = new Map(all.map((standing) => [standing.orchestrator, standing]));
    this.#trim();
  }

  /** As it is now. */
  get(orchestrator: string): Standing {
    const now = this.#clock.now();
    const known = this.#known.get(orchestrator);
    return known === undefined ? newStanding(orchestrator, now) : decayed(known, now, this.#options.halfLifeMs);
  }

  /** As it is now, in what a choice is made by. */
  reputation(orchestrator: string): Reputation {
    const known = this.#known.get(orchestrator);
    return known === undefined
      ? UNKNOWN
      : reputationOf(known, this.#options.pacing, this.#clock.now(), this.#options.halfLifeMs);
  }

  /** Its times with segments as they are sent here. */
  paces(orchestrator: string): PaceCounts {
    return this.get(orchestrator).paces[this.#options.pacing];
  }

  succeeded(orchestrator: string, pace: number): void {
    this.#set(withSuccess(this.get(orchestrator), pace, this.#options.pacing));
  }

  late(orchestrator: string, pace: number): void {
    this.#set(withLateness(this.get(orchestrator), pace, this.#options.pacing));
  }

  failed(orchestrator: string, code: ErrorCode): void {
    const before = this.get(orchestrator);
    const after = withFailure(before, code, this.#clock.now());
    if (after !== before) this.#set(after);
  }

  #set(standing: Standing): void {
    const { orchestrator } = standing;
    const isNew = !this.#known.delete(orchestrator);
    this.#known.set(orchestrator, standing);
    this.#rows.put(standing);
    if (isNew) this.#trim();
  }

  #trim(): void {
    const { most } = this.#options;
    if (this.#known.size <= most) return;
    for (const orchestrator of this.#known.keys()) {
      if (this.#known.size <= most) break;
      this.#known.delete(orchestrator);
    }
    this.#rows.trim(most);
  }
}
