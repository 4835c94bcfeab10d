import { concat } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Evidence } from "../../offchain/verification/evidence/interface.ts";
import { verificationDomainOf } from "../../offchain/eth/domains.ts";
import { disputeId } from "../../offchain/verification/evidence/evidence.ts";
import { depthOf, firstList } from "../../offchain/verification/game/player.ts";
import { encodeState, Status, Verdict, verdictName } from "../../offchain/vm/state.ts";
import type { Trace } from "../../offchain/vm/trace.ts";
import type { IVerificationFunction } from "../../types/contracts/interfaces/IVerificationFunction.ts";
import type { WriteArguments } from "../common/context.ts";
import { openAccount } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import { eth, type Sent, settle as sent } from "../common/output.ts";
import { gameAs, judge } from "./player.ts";

interface Arguments extends WriteArguments {
  readonly evidence: string;
  readonly program: string;
}

export interface OpenedDispute extends Sent {
  readonly id: string;
  /** {wei ETH} */
  readonly bond: bigint;
}

/** `npx hardhat dispute open` */
export default async function open(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<OpenedDispute> {
  const account = await openAccount(args, hre);
  const { bonding, disputes } = account.contracts;
  const { evidence, trace } = await judge(args.evidence, args.program);
  const { receipt } = evidence.receipt;
  const said = await claimOf(trace, receipt.stepBound);
  const bond = await disputes.bondFor((await bonding.getOrchestrator(receipt.orchestrator)).disputes);
  const id = disputeId(evidence, verificationDomainOf(account.contracts.deployment));
  return sent(gameAs(account).challenge(structOf(evidence), said, { value: bond }), {
    json: args.json,
    text: `dispute ${id} is open against ${receipt.orchestrator}, with a bond of ${eth(bond)}`,
    data: { id, bond },
  });
}

/** Final state ‖ hashes: what a challenger hands in. Runs the program to its end or to the bound. */
async function claimOf(trace: Trace, stepBound: bigint): Promise<string> {
  const { state } = trace.witnessAt(stepBound);
  if (state.status === Status.running) {
    throw new TaskError(`the program does not end within the ${stepBound} steps of the receipt: that is no fault`);
  }
  if (state.verdict !== Verdict.fault) {
    throw new TaskError(`the program says ${verdictName(state.verdict)}: only a fault can be challenged`);
  }
  const { hashes } = await firstList(trace, depthOf(state.step));
  return concat([encodeState(state), ...hashes.slice(1, -1)]);
}

function structOf({ order, receipt, outputIndex }: Evidence): IVerificationFunction.EvidenceStruct {
  return {
    receipt: { ...receipt.receipt, outputs: receipt.receipt.outputs.map((output) => ({ ...output })) },
    receiptSignature: receipt.signature,
    orderTimestamp: order.segment.timestamp,
    orderSignature: order.signature,
    outputIndex,
  };
}
