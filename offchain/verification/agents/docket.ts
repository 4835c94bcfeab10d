import type { Logger } from "pino";
import { receiptDigest } from "../messages.ts";
import type { SegmentStore } from "../evidence/segment-store.ts";
import type { VerificationDomain } from "../interface.ts";
import type { AnnouncedClaim, Court, CourtHead, DisputeRows, MadeClaim, Role } from "./interface.ts";

/** {1} Blocks that are read again, since a reorganisation may have put others in their place. */
const UNSETTLED_BLOCKS = 64;

export interface DocketOptions {
  readonly domain: VerificationDomain;
  /** What this node has to do with a claim; null for nothing. */
  readonly roleIn: (made: MadeClaim) => Role | null;
}

export interface DocketModules {
  readonly court: Court;
  readonly rows: DisputeRows;
  readonly segments: SegmentStore;
  readonly log: Logger;
}

/** Brings what the store knows of disputes up to date with the chain. */
export class Docket {
  readonly #options: DocketOptions;
  readonly #modules: DocketModules;

  constructor(options: DocketOptions, modules: DocketModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /**
   * The block up to which it knows everything; what cannot be challenged any more at its time, and is not disputed, is forgotten.
   * @param latest the chain's head, when it was read just now
   */
  async read(latest?: CourtHead): Promise<CourtHead> {
    const { court, rows, segments } = this.#modules;
    const head = latest ?? (await court.head());
    const { opening, clock } = await court.windows();
    const cursor = rows.cursor() ?? (await court.blockAt(head.time - opening - 2 * clock));
    const { claims, moves } = await court.announced(Math.max(0, cursor - UNSETTLED_BLOCKS), head.number);
    for (const made of claims) this.#take(made);
    for (const { id, defender } of moves) rows.joined(id, defender);
    rows.setCursor(head.number + 1);
    await segments.dropBefore(head.time - opening);
    return head;
  }

  #take({ shown, ...made }: AnnouncedClaim): void {
    const { rows, segments, log } = this.#modules;
    const role = this.#options.roleIn(made);
    if (role === null) return;
    const { id, claim } = made;
    const known = rows.get(id);
    const evidence = known?.evidence ?? segments.find(id) ?? shown();
    const { domain } = this.#options;
    const about = evidence && { digest: receiptDigest(evidence.receipt.receipt, domain), evidence };
    rows.made(made, role, about);
    if (known !== null && known.made !== null) return;
    const { orchestrator, challenger } = claim;
    log.info({ dispute: id, role, orchestrator, challenger, bond: claim.bond.toString() }, "challenge opened");
  }
}
