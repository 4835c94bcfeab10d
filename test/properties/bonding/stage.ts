import { dataSlice, getAddress, id as hash, toQuantity } from "ethers";
import { network } from "hardhat";
import { deployProtocol, SHORT_VOTES, TEST_PARAMETERS } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { CPU } from "../../fixtures/registry.ts";
import { Chain } from "../chain.ts";
import { createLens } from "./lens.ts";

const ONE = 10n ** 18n;
export const FIRST_ROUND = 7n;
/** {round} Short, so that locks end within a sequence. */
const UNBONDING_PERIOD = 3;
/** {wei LPT} Of each account. */
export const FORTUNE = 1_000_000n * ONE;
/** {wei ETH} Of each account, and of the broadcaster's deposit. */
export const ETHER = 1_000_000n * ONE;

/** The chain that all sequences share: deployed once, put back before each. */
export interface Stage {
  readonly protocol: Protocol;
  readonly chain: Chain;
  readonly broadcaster: string;
  /** The first four act as orchestrators, three of them from the beginning. */
  readonly accounts: readonly string[];
  /** What is approved for receipts of the service that {@link CPU} names. */
  readonly module: string;
  /** All that can be seen of the whole and of some accounts. */
  readonly look: (accounts: readonly string[]) => Promise<bigint[]>;
  /** What was at stake in a past round, and each account's votes, balance and delegate in it. */
  readonly lookBack: (round: bigint) => Promise<bigint[]>;
  readonly restore: () => Promise<void>;
  /** How often each method was done or refused, by all sequences together. */
  readonly seen: Map<string, number>;
}

/** Deploys as an operator would; nine accounts have LPT and allow BondingManager to take it. */
export async function createStage(): Promise<Stage> {
  const connection = await network.create<"l1">({ override: { initialBaseFeePerGas: 0 } });
  const protocol = await deployProtocol(connection, {
    ...TEST_PARAMETERS,
    governance: SHORT_VOTES,
    rounds: { roundLength: 86_400, startTime: "deployment", startRound: Number(FIRST_ROUND) },
    bonding: { ...TEST_PARAMETERS.bonding, unbondingPeriod: UNBONDING_PERIOD },
  });
  const { bonding, broker, broadcaster, deployer, networkHelpers, provider, token } = protocol;
  const lens = await createLens(protocol);
  const chain = await Chain.of(protocol);

  const { orchestrator, delegator, stranger, others } = protocol;
  const signers = [orchestrator, delegator, stranger, ...others].slice(0, 9);
  for (const signer of signers) {
    await token.transfer(signer, FORTUNE);
    await token.connect(signer).approve(bonding, 2n ** 256n - 1n);
  }
  await provider.request({ method: "hardhat_setBalance", params: [broadcaster.address, toQuantity(2n * ETHER)] });
  await broker.connect(broadcaster).fund(broadcaster, 0n, { value: ETHER });

  // A contract without a function: whoever acts as it decides.
  const module = getAddress(dataSlice(hash("module"), 12));
  await provider.request({ method: "hardhat_setCode", params: [module, "0x00"] });
  await protocol.registry.connect(deployer).approveVerification(CPU, module, hash("program"));
  await networkHelpers.impersonateAccount(module);

  // From here on gas costs nothing.
  for (const { address } of signers) {
    await provider.request({ method: "hardhat_setBalance", params: [address, toQuantity(ETHER)] });
  }
  const accounts = signers.map(({ address }) => address);
  const snapshot = await networkHelpers.takeSnapshot();
  return {
    protocol,
    chain,
    broadcaster: broadcaster.address,
    accounts,
    module,
    look: lens.look,
    lookBack: (round) => lens.lookBack(accounts, round),
    restore: () => snapshot.restore(),
    seen: new Map(),
  };
}
