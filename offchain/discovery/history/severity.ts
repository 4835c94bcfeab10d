import type { ErrorCode } from "../../errors.ts";

/** What a failure says about the orchestrator, and how long it is left alone for it. */
export interface Severity {
  /** Segments that it outweighs in the history, and doublings of the pause; 0: it says nothing against the orchestrator. */
  readonly weight: number;
  /** {ms} */
  readonly longestMs: number;
}

/** {ms} The pause after a failure without weight; each point of weight doubles it. */
export const FIRST_PAUSE_MS = 250;

/** A fresh quote puts it right. */
const STALE: Severity = { weight: 0, longestMs: 4_000 };
/** It has too much to do, and says so before it is paid. It may have less in a moment. */
const LADEN: Severity = { weight: 0, longestMs: 1_000 };
/** It is about the segment, about the broadcaster's money, settings or chain, or an orderly refusal. */
const OURS: Severity = { weight: 0, longestMs: 30_000 };
/** It happens to the honest. */
const LAPSE: Severity = { weight: 1, longestMs: 30_000 };
/** It is not what was asked for, and somebody made it so. */
const BAD_ANSWER: Severity = { weight: 4, longestMs: 600_000 };
/** The contract can be shown it. */
const FAULT: Severity = { weight: 12, longestMs: 3_600_000 };

const SEVERITIES: Readonly<Partial<Record<ErrorCode, Severity>>> = {
  CapacityExceeded: LADEN,
  Overloaded: LADEN,
  CommitmentClosed: STALE,
  CommitmentUnknown: STALE,
  OtherFrontEnd: STALE,
  TicketExpired: STALE,
  TicketParamsExpired: STALE,
  BodyTooLarge: OURS,
  BuyerGone: OURS,
  ChainUnreachable: OURS,
  DepositTooLow: OURS,
  EscrowTooLow: OURS,
  FaceValueTooHigh: OURS,
  FeeAboveFaceValue: OURS,
  FloatExhausted: OURS,
  LimitExceeded: OURS,
  LowPMBalance: OURS,
  PriceTooHigh: OURS,
  RequestInvalid: OURS,
  SegmentInvalid: OURS,
  SellingOff: OURS,
  SenderRefused: OURS,
  ServerBusy: OURS,
  ServiceNotJudged: OURS,
  ServiceNotOffered: OURS,
  ShuttingDown: OURS,
  SignerCapTooLow: OURS,
  SignerNotAuthorized: OURS,
  Stopped: OURS,
  TooManyRequests: OURS,
  TooMuchWorkLost: OURS,
  AnswerInvalid: BAD_ANSWER,
  BitsDiffer: BAD_ANSWER,
  QuoteInvalid: BAD_ANSWER,
  ReceiptInvalid: BAD_ANSWER,
  WorkRejected: BAD_ANSWER,
  FaultFound: FAULT,
};

export function severityOf(code: ErrorCode): Severity {
  return SEVERITIES[code] ?? LAPSE;
}
