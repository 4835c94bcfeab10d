import { AbiCoder, keccak256 } from "ethers";
import type { Address } from "../money.ts";
import { need } from "../refusal.ts";

/** What a challenge fixes, in the order in which it is hashed. */
export interface Claim {
  readonly service: string;
  readonly program: string;
  /** Of the challenger's list. */
  readonly listRoot: string;
  readonly orchestrator: Address;
  readonly challenger: Address;
  /** {round} */
  readonly faultRound: bigint;
  /** {s} */
  readonly openedAt: bigint;
  /** {s} */
  readonly clock: bigint;
  /** {1} The list is of 16^depth steps. */
  readonly depth: bigint;
  /** {gwei/gas} */
  readonly gasPriceCap: bigint;
  /** {1e18 = 1} */
  readonly slashFraction: bigint;
  /** {wei ETH} */
  readonly bond: bigint;
  /** {wei ETH} */
  readonly defenceBond: bigint;
}

const TYPES = [
  ...Array<string>(3).fill("bytes32"),
  ...Array<string>(2).fill("address"),
  ...Array<string>(8).fill("uint256"),
];

/** Its values, in their order. */
export const wordsOf = (claim: Claim): readonly unknown[] => [
  claim.service,
  claim.program,
  claim.listRoot,
  claim.orchestrator,
  claim.challenger,
  claim.faultRound,
  claim.openedAt,
  claim.clock,
  claim.depth,
  claim.gasPriceCap,
  claim.slashFraction,
  claim.bond,
  claim.defenceBond,
];

export const hashOf = (claim: Claim): string => keccak256(AbiCoder.defaultAbiCoder().encode(TYPES, wordsOf(claim)));

/** Refuses another claim than the one that was made. */
export function needClaim(have: Claim, made: Claim): void {
  const [haveHash, needHash] = [hashOf(have), hashOf(made)];
  need(haveHash === needHash, "DisputeGameClaimMismatch", haveHash, needHash);
}
