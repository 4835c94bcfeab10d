import { AbiCoder, dataLength, dataSlice, keccak256 } from "ethers";
import type { Address } from "../money.ts";
import { ZERO_ADDRESS } from "../money.ts";
import { need } from "../refusal.ts";
import type { Claim } from "./claim.ts";
import type { Context } from "./context.ts";
import { ARITY, rootOf } from "./lists.ts";
import { baseBondOf, needWithin } from "./parameters.ts";
import type { DisputeParameters } from "./parameters.ts";
import { digestOf, orderDigestOf, signerOf } from "./receipt.ts";
import type { Evidence, Receipt } from "./receipt.ts";

export const Outcome = { None: 0n, Open: 1n, Sustained: 2n, Refuted: 3n } as const;

export interface Challenge {
  readonly claim: Claim;
  outcome: bigint;
  /** {1} Games that are being played; those that were when it was refuted. */
  games: bigint;
  /** {wei ETH} Bonds that defenders have lost. */
  pot: bigint;
  /** {gwei ETH} Of the challenger's moves, but for those in games that are being played. */
  costs: bigint;
}

/** {bytes} Of a state. */
const STATE = 173;
/** {bytes} Longest source and output. */
const MAX_SEGMENT = 2n ** 26n;
const HALTED = 1n;
const TRAPPED = 2n;
const FAULT = 2n;

/** Whether a receipt can be challenged now, by whom it names, before whom it names. */
export class Admission {
  readonly #context: Context;
  /** {round} Last one, by orchestrator and key. */
  readonly #receiptKeys = new Map<string, bigint>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** {round} Last round whose receipts `key` may sign. */
  receiptKeyUntil(orchestrator: Address, key: Address): bigint {
    return this.#receiptKeys.get(`${orchestrator}/${key}`) ?? 0n;
  }

  authorizeReceiptKey(caller: Address, key: Address, lastRound: bigint): void {
    const { current } = this.#context.rounds;
    need(lastRound >= current, "DisputeGameKeyRoundOver", lastRound, current);
    this.#receiptKeys.set(`${caller}/${key}`, lastRound);
    this.#context.emit("ReceiptKeyAuthorized", caller, key, lastRound);
  }

  /** The round of a receipt and the name of its challenge, by `caller`. */
  judge(caller: Address, evidence: Evidence, openingWindow: bigint): { round: bigint; id: string } {
    const { receipt } = evidence;
    const { rounds, judgeOf } = this.#context;
    const until = receipt.timestamp + openingWindow;
    const inWindow = receipt.timestamp <= rounds.now && rounds.now <= until;
    need(inWindow, "DisputeGameNotInWindow", rounds.now, receipt.timestamp, until);
    const round = rounds.at(receipt.timestamp);
    const { module, program } = judgeOf(receipt.service, round);
    const isJudge = module === this.#context.address && program === receipt.program;
    need(isJudge, "DisputeGameNotJudge", module, program);
    return { round, id: this.#signed(caller, evidence, round) };
  }

  #signed(caller: Address, { receipt, ...evidence }: Evidence, round: bigint): string {
    const { domain } = this.#context;
    const { sender, orchestrator } = receipt;
    need(this.#isSender(sender, caller, round), "DisputeGameNotParty", caller, sender);

    const order = orderDigestOf(receipt, evidence.orderTimestamp, domain);
    const orderer = signerOf(order, evidence.orderSignature);
    need(this.#isSender(sender, orderer, round), "DisputeGameInvalidSignature", orderer, sender, order);

    const digest = digestOf(receipt, domain);
    const signer = signerOf(digest, evidence.receiptSignature);
    const maySign = signer === orchestrator || round <= this.receiptKeyUntil(orchestrator, signer);
    const signed = signer !== ZERO_ADDRESS && maySign;
    need(signed, "DisputeGameInvalidSignature", signer, orchestrator, digest);
    return keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [digest, evidence.outputIndex]));
  }

  #isSender(sender: Address, account: Address, round: bigint): boolean {
    if (account === ZERO_ADDRESS) return false;
    return account === sender || (this.#context.capOf(sender, account, round) ?? 0n) > 0n;
  }
}

/** What is claimed, all but its bond, and where the run starts. The list is the start, what the challenger says of the way, and the end. */
export function claimOf(
  context: Context,
  { caller, evidence, said, round }: { caller: Address; evidence: Evidence; said: string; round: bigint },
  parameters: DisputeParameters,
): { claim: Omit<Claim, "bond">; start: string } {
  const { receipt } = evidence;
  const length = BigInt(STATE) + 32n * (ARITY - 1n);
  needWithin(BigInt(dataLength(said)), length, length);
  const start = startHash(context, evidence);
  const final = dataSlice(said, 0, STATE);
  const between = Array.from({ length: Number(ARITY) - 1 }, (_, i) =>
    dataSlice(said, STATE + 32 * i, STATE + 32 * (i + 1)),
  );
  const claim = {
    service: receipt.service,
    program: receipt.program,
    listRoot: rootOf([start, ...between, keccak256(final)]),
    orchestrator: receipt.orchestrator,
    challenger: caller,
    faultRound: round,
    openedAt: context.rounds.now,
    clock: parameters.clock,
    depth: depthOf(context, final, receipt),
    gasPriceCap: parameters.gasPriceCap,
    slashFraction: parameters.slashFraction,
    defenceBond: baseBondOf(parameters),
  };
  return { claim, start };
}

function startHash({ machine }: Context, { receipt, outputIndex }: Evidence): string {
  const { outputs, program, parametersRoot, sourceRoot, sourceLength } = receipt;
  const output = outputs[Number(outputIndex)];
  need(output !== undefined, "DisputeGameNoSuchOutput", outputIndex, BigInt(outputs.length));
  needWithin(sourceLength, 0n, MAX_SEGMENT);
  needWithin(output.length, 0n, MAX_SEGMENT);
  const { root: outputRoot, length: outputLength } = output;
  return machine.startHash({
    program,
    parametersRoot,
    sourceRoot,
    sourceLength,
    outputRoot,
    outputLength,
    outputIndex,
  });
}

/** {1} Least number of at least 2 with 16^depth ≥ the steps of a run that ends in a fault. */
function depthOf({ machine }: Context, final: string, { stepBound }: Receipt): bigint {
  const { status, verdict, step } = machine.read(final);
  const isFault = (status === HALTED || status === TRAPPED) && verdict === FAULT;
  need(isFault, "DisputeGameNoFault", status, verdict);
  needWithin(step, 1n, stepBound);
  let depth = 2n;
  while (ARITY ** depth < step) depth += 1n;
  return depth;
}
