import { Interface } from "ethers";
import type { Protocol } from "../../fixtures/protocol.ts";

const LENS = new Interface([
  "function look(address[] accounts) view returns (bytes)",
  "function lookBack(address[] accounts, uint256 round) view returns (bytes)",
]);

/** Reads many words of staking in one call. */
export interface Lens {
  /** All that can be seen of the whole and of some accounts. */
  readonly look: (accounts: readonly string[]) => Promise<bigint[]>;
  /** What was at stake in a past round, and each account's votes, balance and delegate in it. */
  readonly lookBack: (accounts: readonly string[], round: bigint) => Promise<bigint[]>;
}

export async function createLens({
  bonding,
  broker,
  ethers,
  minter,
  provider,
  token,
  treasury,
}: Protocol): Promise<Lens> {
  const lens = await ethers.deployContract("BondingLensHarness", [bonding, minter, token, treasury, broker]);
  const to = await lens.getAddress();
  const ask = async (method: string, ...args: readonly unknown[]): Promise<bigint[]> => {
    const call = { to, data: LENS.encodeFunctionData(method, args) };
    const answer: unknown = await provider.request({ method: "eth_call", params: [call, "latest"] });
    return wordsOf(answer as string).slice(2); // where the bytes begin, and how many they are
  };
  return { look: (accounts) => ask("look", accounts), lookBack: (accounts, round) => ask("lookBack", accounts, round) };
}

function wordsOf(data: string): bigint[] {
  return Array.from({ length: (data.length - 2) / 64 }, (_, i) => BigInt(`0x${data.slice(2 + 64 * i, 66 + 64 * i)}`));
}
