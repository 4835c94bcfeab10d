import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { MaxUint256, parseEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { AlphaStage } from "./alpha-stage.ts";
import type { Call } from "./alpha-stage.ts";
import type { AlphaCosts } from "./alpha-report.ts";

/** {round} Until fees can be pulled, with the default parameters. */
const CLOSED_AFTER = 3n;
const [BOND, UNBOND, OWN] = ["100", "100", "5000"].map(parseEther) as [bigint, bigint, bigint];
const ETHER = parseEther("1");
/** 37 bytes. */
const URI = "https://orchestrator.example.org:8935";

interface Operation {
  readonly case: string;
  /** Whose position the action imports, if nothing did before. */
  readonly imports?: "delegator";
  /** Only where there was an alpha. */
  readonly alphaOnly?: boolean;
  /** What happens in rounds before. */
  readonly before?: (stage: AlphaStage) => Promise<void>;
  readonly call: (stage: AlphaStage) => Call | Promise<Call>;
}

const bonding = (from: Call["from"], method: string, ...args: readonly unknown[]): Call => ({
  ...{ from, on: "BondingManager", method, args },
});
const fund = ({ actors }: AlphaStage): Call => ({
  ...{ from: "broadcaster", on: "TicketBroker", method: "fund", args: [actors.broadcaster.address, 0n], value: ETHER },
});

/** In a round that somebody else has begun, the first orchestrator's pool touched in it already. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  bond: {
    ...{ case: "more behind the same orchestrator", imports: "delegator" },
    call: ({ actors }) => bonding("delegator", "bond", BOND, actors.first.address),
  },
  unbond: {
    ...{ case: "a part; first to leave in this round", imports: "delegator" },
    call: () => bonding("delegator", "unbond", UNBOND),
  },
  rebond: {
    ...{ case: "lock 1, of the alpha where there was one", imports: "delegator" },
    call: ({ actors }) => bonding("delegator", "rebond", 1n, actors.first.address),
  },
  withdrawStake: {
    ...{ case: "lock 0, of the alpha where there was one", imports: "delegator" },
    call: () => bonding("delegator", "withdrawStake", 0n),
  },
  withdrawFees: {
    ...{ case: "fees of Streamflow of one round, pulled before by somebody", imports: "delegator" },
    before: async (stage) => {
      await stage.call(fund(stage));
      await stage.call(await stage.redemption());
      await stage.nextRound(CLOSED_AFTER);
      await stage.call(bonding("second", "pullFees", stage.actors.first.address, MaxUint256));
    },
    call: ({ actors }) => bonding("delegator", "withdrawFees", actors.delegator.address, MaxUint256),
  },
  reward: { case: "again in this round", call: ({ actors }) => bonding("second", "reward", actors.first.address) },
  setCommission: { case: "", call: () => bonding("second", "setCommission", 10n ** 17n, 10n ** 17n) },
  resign: { case: "with one's own stake", call: () => bonding("second", "resign") },
  register: {
    case: "of who never stood anywhere, with own stake",
    call: () => bonding("broadcaster", "register", 10n ** 17n, 5n * 10n ** 17n, OWN),
  },
  fund: { case: "a deposit of a new sender", call: fund },
  redeem: {
    case: "first ticket of the recipient ever",
    before: async (stage) => void (await stage.call(fund(stage))),
    call: (stage) => stage.redemption(),
  },
  setServiceURI: {
    case: "first one, of 37 bytes",
    call: () => ({ from: "first", on: "ServiceRegistry", method: "setServiceURI", args: [URI] }),
  },
  withdrawAlphaFees: {
    ...{ case: "the alpha's, of an orchestrator", alphaOnly: true },
    call: ({ actors }) => ({ ...bonding("first", "withdrawAlphaFees", actors.first.address), on: "AlphaBonding" }),
  },
  importPosition: {
    ...{ case: "by anybody", imports: "delegator", alphaOnly: true },
    call: ({ actors }) => ({ ...bonding("second", "importPosition", actors.delegator.address), on: "AlphaBonding" }),
  },
  moveDeposit: {
    ...{ case: "the alpha's, to the TicketBroker", alphaOnly: true },
    call: () => ({ from: "broadcaster", on: "AlphaDeposits", method: "moveDeposit", args: [0n] }),
  },
  withdrawDeposit: {
    ...{ case: "the alpha's", alphaOnly: true },
    call: () => ({ from: "broadcaster", on: "AlphaDeposits", method: "withdrawDeposit", args: [] }),
  },
  distributeFees: {
    ...{ case: "a claim of the alpha", alphaOnly: true },
    call: () => ({ from: "second", on: "AlphaDeposits", method: "distributeFees", args: [0n, 1n] }),
  },
};

/** What users pay behind the alpha's proxies, and what they pay for the same where there never was an alpha. */
export async function measureAlpha(network: HardhatRuntimeEnvironment["network"]): Promise<AlphaCosts> {
  const dir = await mkdtemp(path.join(os.tmpdir(), "streamflow-bench-"));
  const stages: AlphaStage[] = [];
  try {
    const fresh = await AlphaStage.fresh(network, path.join(dir, "fresh"));
    stages.push(fresh);
    const alpha = await AlphaStage.ofAlpha(network, path.join(dir, "alpha"));
    stages.push(alpha);
    const costs: Record<string, AlphaCosts[string]> = {};
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      costs[name] = {
        fresh: operation.alphaOnly === true ? null : await gasOf(fresh, operation, false),
        firstTouch: operation.imports === undefined ? null : await gasOf(alpha, operation, false),
        afterwards: await gasOf(alpha, operation, operation.imports !== undefined),
        case: operation.case,
      };
    }
    return costs;
  } finally {
    for (const stage of stages) await stage.close();
    await rm(dir, { recursive: true });
  }
}

/** @param imported whether the position was imported in an earlier round */
function gasOf(stage: AlphaStage, { before, call }: Operation, imported: boolean): Promise<number> {
  return stage.aside(async () => {
    if (imported) await stage.send("second", "AlphaBonding", "importPosition", stage.actors.delegator.address);
    await before?.(stage);
    await stage.nextRound();
    await stage.call(bonding("second", "reward", stage.actors.first.address));
    return stage.call(await call(stage));
  });
}
