import { dataSlice, getAddress, id as hash, toQuantity } from "ethers";
import { network } from "hardhat";
import { deployProtocol, SHORT_VOTES, TEST_PARAMETERS } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { CPU, GPU } from "../../fixtures/registry.ts";
import { createLens } from "../bonding/lens.ts";
import type { Lens } from "../bonding/lens.ts";
import { Chain } from "../chain.ts";
import { createCases } from "./cases.ts";
import type { Cases } from "./cases.ts";

const ONE = 10n ** 18n;
const FIRST_ROUND = 7n;
/** {round} */
const UNBONDING_PERIOD = 5;
/** {round} From which on the service is judged by the game. */
export const SETTLED = FIRST_ROUND + BigInt(UNBONDING_PERIOD) + 1n;
/** {wei LPT} Of each account. */
export const FORTUNE = 1_000_000n * ONE;
/** {wei ETH} Of each account: more than all doubled bonds of a sequence. */
export const ETHER = 10n ** 9n * ONE;

/** What is judged by the game, and what by another module, whose disputes double the same bonds. */
export const SERVICE = CPU;
export const OTHER_SERVICE = GPU;

/** The chain that all sequences share: deployed once, put back before each. */
export interface Stage {
  readonly protocol: Protocol;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly cases: Cases;
  readonly lens: Lens;
  /** Two orchestrators, three broadcasters, a key, two defenders, and two that take no side. */
  readonly accounts: readonly string[];
  readonly admin: string;
  readonly treasury: string;
  /** Whoever judges {@link OTHER_SERVICE}. */
  readonly module: string;
  readonly otherProgram: string;
  readonly restore: () => Promise<void>;
  /** How often what happened, in all sequences together. */
  readonly seen: Map<string, number>;
}

export const NAMES = ["O0", "O1", "B0", "B1", "B2", "Key", "D0", "D1", "X0", "X1"] as const;
export const ORCHESTRATORS = [0, 1] as const;
export const BROADCASTERS = [2, 3, 4] as const;
export const KEY = 5;
/** Those from here on take no side. */
export const OUTSIDERS = 8;

/** Deploys as an operator would. Nothing is minted, so that what stake becomes is what disputes have made of it. */
export async function createStage(): Promise<Stage> {
  const connection = await network.create<"l1">({ override: { initialBaseFeePerGas: 0 } });
  const protocol = await deployProtocol(connection, {
    ...TEST_PARAMETERS,
    governance: SHORT_VOTES,
    rounds: { roundLength: 3_600, startTime: "deployment", startRound: Number(FIRST_ROUND) },
    minter: { ...TEST_PARAMETERS.minter, inflation: "0", maximumInflation: "0" },
    bonding: { ...TEST_PARAMETERS.bonding, unbondingPeriod: UNBONDING_PERIOD, jailPeriod: 1 },
    disputes: { ...TEST_PARAMETERS.disputes, openingWindow: 1_800, clock: 3_000 },
  });
  const { bonding, deployer, networkHelpers, provider, registry, token } = protocol;
  const cases = createCases();
  const { broadcaster, orchestrator, delegator, stranger, others } = protocol;
  const signers = [orchestrator, delegator, broadcaster, stranger, ...others].slice(0, NAMES.length);
  for (const signer of signers) {
    await token.transfer(signer, FORTUNE);
    await token.connect(signer).approve(bonding, 2n ** 256n - 1n);
  }
  const otherProgram = hash("program");
  await registry.approveVerification(SERVICE, protocol.disputes, cases.program);
  // A contract without a function: whoever acts as it decides.
  const module = getAddress(dataSlice(hash("module"), 12));
  await provider.request({ method: "hardhat_setCode", params: [module, "0x00"] });
  await registry.approveVerification(OTHER_SERVICE, module, otherProgram);
  await networkHelpers.impersonateAccount(module);

  const accounts = signers.map(({ address }) => address);
  for (const address of [...accounts, module, deployer.address]) {
    await provider.request({ method: "hardhat_setBalance", params: [address, toQuantity(ETHER)] });
  }
  const chain = await Chain.of(protocol);
  const lens = await createLens(protocol);
  const snapshot = await networkHelpers.takeSnapshot();
  return {
    protocol,
    chain,
    chainId: (await protocol.ethers.provider.getNetwork()).chainId,
    cases,
    lens,
    accounts,
    admin: deployer.address,
    treasury: await protocol.treasury.getAddress(),
    module,
    otherProgram,
    restore: () => snapshot.restore(),
    seen: new Map(),
  };
}
