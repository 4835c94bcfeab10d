import { hexlify, keccak256, MaxUint256 } from "ethers";
import type { ContractTransactionReceipt, Wallet } from "ethers";
import { announcedClaim, challengeArguments } from "../../../offchain/eth/challenge-call.ts";
import { verificationDomainOf } from "../../../offchain/eth/domains.ts";
import { createSigner } from "../../../offchain/pm/crypto.ts";
import type { Claim } from "../../../offchain/verification/agents/interface.ts";
import type { List, Run } from "../../../offchain/verification/game/interface.ts";
import { answerTo } from "../../../offchain/verification/game/player.ts";
import { type Case, programTree, startOf } from "../../../offchain/vm/start.ts";
import { decodeState, Verdict } from "../../../offchain/vm/state.ts";
import { Trace } from "../../../offchain/vm/trace.ts";
import { signEvidence } from "../../devnet/evidence.ts";
import { caseOf, endOf, endWith, lieFrom, saidBy } from "../game.ts";
import type { Step } from "../interface.ts";
import { requireRefused, requireThat } from "../world.ts";
import type { World } from "../world.ts";
import { defineService } from "./registry.ts";
import { setStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** As the contract numbers them. */
export const Outcome = { sustained: 2n, refuted: 3n } as const;

/** An orchestrator whose receipts for a service of its own are judged by a small program, and a broadcaster. */
export interface Court extends Stage {
  readonly service: string;
  readonly broadcaster: Wallet;
  readonly judged: Case;
  readonly truth: Trace;
}

/** Has the administrator approve the program for a new service, and waits until it judges. */
export async function openCourt(world: World, step: Step, program: Uint8Array): Promise<Court> {
  const stage = await setStage(world, step);
  const judged = caseOf(program);
  const service = await step("a program on the dispute game is approved for a service", async () => {
    const defined = await defineService(world);
    const offers = world.at("ServiceRegistry");
    const root = hexlify(programTree(program).root());
    const game = world.deployment.contracts.DisputeGame.proxy;
    await world.administer(
      offers,
      offers.interface.encodeFunctionData("approveVerification", [defined.service, game, root]),
    );
    const { fromRound, module } = await offers.verificationAt(defined.service, MaxUint256);
    requireThat(module === game, `it is judged by ${module}`);
    await world.toRound(fromRound);
    return defined.service;
  });
  return { ...stage, service, broadcaster: await world.account(), judged, truth: new Trace(startOf(judged)) };
}

/** A challenge that was opened. */
export interface Opened {
  readonly id: string;
  readonly claim: Claim;
  readonly list: List;
}

/** The broadcaster challenges what both have just signed about segment `sequence`; `run` is what it says of the program's run, which ends in a fault. */
export async function challenge(world: World, court: Court, run: Run, sequence = 0): Promise<Opened> {
  const { broadcaster, orchestrator, judged, service, truth } = court;
  const { evidence } = await signEvidence(
    {
      domain: verificationDomainOf(world.deployment),
      sender: createSigner(broadcaster.privateKey),
      orchestrator: createSigner(orchestrator.privateKey),
    },
    judged,
    { timestamp: Number(await world.now()), sequence, service },
  );
  const game = world.at("DisputeGame", broadcaster);
  const { disputes } = await world.at("BondingManager").getOrchestrator(orchestrator);
  const value = await game.bondFor(disputes);
  const { said, list } = await saidBy(run, endWith(endOf(truth), { verdict: Verdict.fault }));
  const { logs, blockNumber } = await world.mined(game.challenge(challengeArguments(evidence), said, { value }));
  for (const log of logs) {
    const event = game.interface.parseLog(log);
    if (event?.name !== "ClaimMade") continue;
    const { id, claim } = announcedClaim(event.args as never, blockNumber, game.interface);
    return { id, claim, list };
  }
  throw new Error("no claim was announced");
}

/** What an accuser says of good work: that the run ends in a fault, and is another one from a step on. */
export function slander({ truth }: Court, from: bigint): Run {
  const end = endWith(endOf(truth), { verdict: Verdict.fault });
  return lieFrom(truth, from, { hash: keccak256(end), step: decodeState(end).step });
}

export type Side = "challenger" | "defender";

/**
 * The orchestrator defends, and both play until one step is left. Who is right has the contract execute it, if it has the last word: the answer is the
 * transaction. Who lies tries to, and must be refused: the answer is null.
 */
export async function playToStep(
  world: World,
  { broadcaster, orchestrator }: Court,
  { id, claim, list }: Opened,
  runs: Readonly<Record<Side, Run>>,
  right: Side,
): Promise<ContractTransactionReceipt | null> {
  const first = await answerTo(runs.defender, list);
  if (first?.kind !== "move") throw new Error("the defender has nothing to say");
  const asDefender = world.at("DisputeGame", orchestrator);
  const { pick, shown, hashes } = first;
  await world.mined(asDefender.defend(id, claim, pick, [...shown], [...hashes], { value: claim.defenceBond }));
  let last = first.next;
  for (let side: Side = "challenger"; ; side = side === "challenger" ? "defender" : "challenger") {
    const game = side === "challenger" ? world.at("DisputeGame", broadcaster) : asDefender;
    const answer = await answerTo(runs[side], last);
    if (answer === null) throw new Error(`the ${side} has nothing to say`);
    if (answer.kind === "prove") {
      const { pick, shown, state, proof } = answer;
      const args: Parameters<typeof game.prove.staticCall> = [id, orchestrator, claim, pick, [...shown], state, proof];
      if (side === right) return world.mined(game.prove(...args));
      await requireRefused(game.prove.staticCall(...args), "DisputeGameNoDisagreement");
      return null;
    }
    await world.mined(game.move(id, broadcaster, orchestrator, answer.pick, [...answer.shown], [...answer.hashes]));
    last = answer.next;
  }
}
