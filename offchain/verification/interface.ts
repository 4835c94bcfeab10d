/**
 * What the two parties sign. Hashes and identifiers are 32 bytes in lower-case hex, addresses checksummed, lengths bytes, `timestamp`
 * seconds since the epoch.
 */

/** EIP-712 domain ("Streamflow", "1"): bound to the chain and to the contract that holds the stake answering for the work. */
export interface VerificationDomain {
  readonly chainId: bigint;
  /** Address of the BondingManager's proxy. */
  readonly verifyingContract: string;
}

/** One rendition of a profile list; its place in the list is its identity. */
export interface Rendition {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** `auditable` or `fast`. */
  readonly encoder: string;
  readonly preset: string;
  readonly crf: number;
}

/** The broadcaster's signed order for one segment. */
export interface Segment {
  readonly sender: string;
  /** bytes32, chosen by the broadcaster for one stream. */
  readonly stream: string;
  /** From 0. */
  readonly sequence: number;
  readonly sourceRoot: string;
  readonly sourceLength: number;
  readonly profilesHash: string;
  /** bytes32 identifier of the service. */
  readonly service: string;
  /** The orchestrator that is asked; the order cannot be handed to another. */
  readonly recipient: string;
  readonly timestamp: number;
}

export interface SignedSegment {
  readonly segment: Segment;
  readonly signature: string;
}

/** One rendition's bytes; the list has the order of the profiles. */
export interface Output {
  readonly root: string;
  readonly length: number;
}

/** The orchestrator's signed statement of what it made from what. */
export interface Receipt {
  readonly orchestrator: string;
  readonly sender: string;
  readonly stream: string;
  readonly sequence: number;
  readonly sourceRoot: string;
  readonly sourceLength: number;
  readonly outputs: readonly Output[];
  readonly profilesHash: string;
  readonly service: string;
  /** Verification program that would judge it; zero when none is agreed. */
  readonly program: string;
  readonly parametersRoot: string;
  readonly stepBound: bigint;
  readonly timestamp: number;
}

export interface SignedReceipt {
  readonly receipt: Receipt;
  readonly signature: string;
}
