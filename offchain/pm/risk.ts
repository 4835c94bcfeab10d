import { StreamflowError } from "../errors.ts";
import { depositNeeded, withdrawalIsLater } from "./formulas.ts";
import type { AllocationState, SenderState } from "./interface.ts";

/** One more winner, and what would pay it. */
export interface RiskSituation {
  readonly sender: string;
  /** {wei} Of the ticket that is asked about. */
  readonly faceValue: bigint;
  /** {wei} The sender's winners that are neither redeemed nor expired. */
  readonly unredeemed: bigint;
  /** {wei} What can't leave this recipient's allocation before the ticket dies. */
  readonly allocation: bigint;
  readonly state: SenderState;
  /** Whether the ticket dies before deposit and escrow can be withdrawn. */
  readonly isLocked: boolean;
  /** Whether a winner of this sender expired unpaid. */
  readonly hasDefaulted: boolean;
}

/** Decides whether a recipient takes one more ticket; with every quote and every payment, so it must be quick. */
export interface RiskPolicy {
  /** Throws a coded error that says what would help. */
  check(situation: RiskSituation): void;
}

export interface FloatOptions {
  /** {wei} Most that a sender's winners may exceed the allocation by, its deposit permitting. Default: only the deposit bounds it. */
  readonly maxUnsecured?: bigint;
  /** {wei} Least penalty escrow. Default 0. */
  readonly minEscrow?: bigint;
  /** Whether a sender is refused of which a winner expired unpaid. Default false: the node itself may have slept. */
  readonly refuseDefaulters?: boolean;
}

/**
 * A ticket is taken while all winners and it are within the allocation: that is certain to be paid, whatever the sender does. Beyond that
 * deposit and allocation together must cover them, and the options bound what is at risk: winners that others redeem first are paid from the same
 * deposit.
 *
 * Errors: `LowPMBalance`, `FloatExhausted`, `EscrowTooLow`, `SenderRefused`.
 */
export class FloatPolicy implements RiskPolicy {
  readonly #options: FloatOptions;

  constructor(options: FloatOptions = {}) {
    this.#options = options;
  }

  check({ sender, faceValue, unredeemed, allocation, state, isLocked, hasDefaulted }: RiskSituation): void {
    const needed = depositNeeded(unredeemed, faceValue);
    const unsecured = needed - allocation;
    if (unsecured <= 0n) return;
    const { maxUnsecured, minEscrow = 0n, refuseDefaulters = false } = this.#options;
    const { deposit, escrow, withdrawRound } = state;

    if (refuseDefaulters && hasDefaulted) {
      throw new StreamflowError("SenderRefused", `a winner of ${sender} expired unpaid`, {
        allocationWei: allocation.toString(),
        neededAllocationWei: needed.toString(),
      });
    }
    if (!isLocked || deposit < unsecured) {
      const why = isLocked ? "" : `; it can be withdrawn in round ${withdrawRound}`;
      const aside = allocation === 0n ? "" : ` beside an allocation of ${allocation} wei`;
      throw new StreamflowError(
        "LowPMBalance",
        `the deposit is ${deposit} wei, ${unsecured} wei are needed${aside}${why}`,
        {
          depositWei: deposit.toString(),
          allocationWei: allocation.toString(),
          neededWei: unsecured.toString(),
          withdrawRound,
        },
      );
    }
    if (escrow < minEscrow) {
      throw new StreamflowError("EscrowTooLow", `the escrow is ${escrow} wei, ${minEscrow} wei are needed`, {
        escrowWei: escrow.toString(),
        neededWei: minEscrow.toString(),
      });
    }
    if (maxUnsecured !== undefined && unsecured > maxUnsecured) {
      throw new StreamflowError(
        "FloatExhausted",
        `${unsecured} wei would be beyond the allocation of ${allocation} wei, at most ${maxUnsecured} wei are taken`,
        {
          allocationWei: allocation.toString(),
          unsecuredWei: unsecured.toString(),
          maxUnsecuredWei: maxUnsecured.toString(),
          neededAllocationWei: (needed - maxUnsecured).toString(),
        },
      );
    }
  }
}

/** {wei} What an allocation is certain to hold for a ticket: what leaves counts where the ticket dies, and `margin` rounds pass, before it may. */
export function certainAllocation(
  { amount, leaving, releaseRound }: AllocationState,
  creationRound: number,
  validity: number,
  margin: number,
): bigint {
  if (withdrawalIsLater(releaseRound, creationRound, validity, margin)) return amount;
  // Tickets may have taken a part of what leaves.
  return amount > leaving ? amount - leaving : 0n;
}
