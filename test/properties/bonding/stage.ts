import { dataSlice, getAddress, id as hash, Interface, toQuantity } from "ethers";
import { network } from "hardhat";
import { deployProtocol, TEST_PARAMETERS } from "../../fixtures/protocol.ts";
import type { Protocol } from "../../fixtures/protocol.ts";
import { CPU } from "../../fixtures/registry.ts";
import { Chain } from "../chain.ts";

const ONE = 10n ** 18n;
export const FIRST_ROUND = 7n;
/** {round} Short, so that locks end within a sequence. */
const UNBONDING_PERIOD = 3;
/** {wei LPT} Of each account. */
export const FORTUNE = 1_000_000n * ONE;
/** {wei ETH} Of each account, and of the broadcaster's deposit. */
export const ETHER = 1_000_000n * ONE;

const LENS = new Interface([
  "function look(address[] accounts) view returns (bytes)",
  "function lookBack(address[] accounts, uint256 round) view returns (bytes)",
]);

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
    rounds: { roundLength: 86_400, startTime: "deployment", startRound: Number(FIRST_ROUND) },
    bonding: { ...TEST_PARAMETERS.bonding, unbondingPeriod: UNBONDING_PERIOD },
  });
  const { bonding, broker, broadcaster, deployer, ethers, minter, networkHelpers, provider, token, treasury } =
    protocol;
  const lens = await ethers.deployContract("BondingLensHarness", [bonding, minter, token, treasury, broker]);
  const chain = new Chain(provider, {
    broker: await broker.getAddress(),
    bonding: await bonding.getAddress(),
    rounds: await protocol.rounds.getAddress(),
    minter: await minter.getAddress(),
    token: await token.getAddress(),
    registry: await protocol.registry.getAddress(),
  });

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
  const to = await lens.getAddress();
  const ask = async (method: string, ...args: readonly unknown[]): Promise<bigint[]> => {
    const call = { to, data: LENS.encodeFunctionData(method, args) };
    const answer: unknown = await provider.request({ method: "eth_call", params: [call, "latest"] });
    return wordsOf(answer as string).slice(2); // where the bytes begin, and how many they are
  };
  const snapshot = await networkHelpers.takeSnapshot();
  return {
    protocol,
    chain,
    broadcaster: broadcaster.address,
    accounts,
    module,
    look: (some) => ask("look", some),
    lookBack: (round) => ask("lookBack", accounts, round),
    restore: () => snapshot.restore(),
    seen: new Map(),
  };
}

function wordsOf(data: string): bigint[] {
  return Array.from({ length: (data.length - 2) / 64 }, (_, i) => BigInt(`0x${data.slice(2 + 64 * i, 66 + 64 * i)}`));
}
