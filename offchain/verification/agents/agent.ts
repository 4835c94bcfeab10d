import type { Logger } from "pino";
import { asStreamflowError, isStreamflowError, StreamflowError } from "../../errors.ts";
import type { Docket } from "./docket.ts";
import type { Action, Court, CourtHead, DisputeRows, StoredDispute } from "./interface.ts";
import type { Runs } from "./runs.ts";

export interface AgentModules {
  readonly court: Court;
  readonly rows: DisputeRows;
  readonly docket: Docket;
  readonly runs: Runs;
  readonly log: Logger;
}

export interface BondLimit {
  /** {wei} Most that is left in one dispute. */
  readonly maximumBond: bigint;
}

/** {s} For which a dispute waits whose run has used up its time, so that the others get theirs. */
const REST = 900;

/**
 * One side of disputes. It remembers nothing that is not on the chain or in the store: each `advance` reads them anew and makes the move that
 * is due then, at most one in each game.
 */
export abstract class Agent {
  protected readonly modules: AgentModules;
  readonly #maximumBond: bigint;
  /** What was complained about already: dispute and code. */
  readonly #complaints = new Set<string>();
  /** {s, Unix} Until when a dispute rests. */
  readonly #resting = new Map<string, number>();
  #isClosed = false;

  constructor({ maximumBond }: BondLimit, modules: AgentModules) {
    this.modules = modules;
    this.#maximumBond = maximumBond;
  }

  /** {1} Disputes that are not over, as far as this node knows. */
  get open(): number {
    return this.modules.rows.open().length;
  }

  /**
   * One trouble does not stop the other disputes: it is logged, and they go on. Errors: those of the network while the chain is read.
   * @param latest the chain's head, when it was read just now
   */
  async advance(latest?: CourtHead): Promise<void> {
    const head = await this.modules.docket.read(latest);
    for (const dispute of this.modules.rows.open()) {
      if (this.#isClosed) return;
      if (head.time < (this.#resting.get(dispute.id) ?? 0)) continue;
      try {
        await this.attend(dispute, head);
      } catch (error) {
        // Its run was taken away.
        if (this.#isClosed) return;
        if (isStreamflowError(error, "RunTimedOut")) this.#resting.set(dispute.id, head.time + REST);
        // A run that has failed does not get better.
        if (!isStreamflowError(error) || error.code === "RunTimedOut") await this.modules.runs.close();
        this.complain(dispute.id, error);
      }
    }
    if (this.open === 0) await this.modules.runs.close();
  }

  /** Ends a run that is under way, and with it what waits for it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.modules.runs.close();
  }

  /** Does what is due in a dispute. */
  protected abstract attend(dispute: StoredDispute, head: CourtHead): Promise<void>;

  /** Says it as loudly as can be, once: the dispute comes up again with each block. */
  protected complain(id: string, thrown: unknown): void {
    const error = asStreamflowError(thrown);
    const key = `${id} ${error.code}`;
    const level = this.#complaints.has(key) ? "debug" : "error";
    this.#complaints.add(key);
    this.modules.log[level]({ code: error.code, dispute: id, err: thrown, ...error.data }, error.message);
  }

  /** Errors: `BondTooHigh`. */
  protected requireAffordable(bond: bigint): void {
    if (bond <= this.#maximumBond) return;
    throw new StreamflowError("BondTooHigh", `the bond is ${bond} wei, at most ${this.#maximumBond} are left`, {
      need: bond.toString(),
      maximum: this.#maximumBond.toString(),
    });
  }

  /** False when the contract does not take it as things stand: somebody else was faster, or the moment has passed. */
  protected async act(id: string, action: Action): Promise<boolean> {
    const { court, log } = this.modules;
    const { kind } = action;
    const game = "defender" in action ? { defender: action.defender } : {};
    const sending = await court.act(action);
    if (sending.kind === "sent") log.info({ dispute: id, ...game }, `${kind} sent`);
    else log.info({ dispute: id, ...game, error: sending.error }, `${kind} not taken`);
    return sending.kind === "sent";
  }

  /** The dispute is over: fetches what the contract could not pay, then forgets it. */
  protected async finish(id: string, outcome: string): Promise<void> {
    const { court, rows } = this.modules;
    if ((await court.kept()) > 0n && (await this.act(id, { kind: "withdraw" }))) return;
    rows.close(id, outcome);
  }
}
