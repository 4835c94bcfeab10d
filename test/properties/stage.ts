import { toQuantity } from "ethers";
import { network } from "hardhat";
import { Token } from "../../sim/model/money.ts";
import { deployProtocol, TEST_PARAMETERS } from "../fixtures/protocol.ts";
import type { Protocol } from "../fixtures/protocol.ts";
import { Chain } from "./chain.ts";

const ONE = 10n ** 18n;
/** {s} At the beginning of a sequence. */
const ROUND_LENGTH = 100n;
export const FIRST_ROUND = 7n;
/** {wei ETH} Enough to reach the bound of an amount. */
const FORTUNE = 2n ** 110n;
/** {wei LPT} */
export const STAKE = 20_000n * ONE;

/** The chain that all sequences share: deployed once, put back before each. */
export interface Stage {
  readonly protocol: Protocol;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly accounts: readonly string[];
  readonly restore: () => Promise<void>;
  /** How often each method was done or refused, by all sequences together: shows that a property met what it is about. */
  readonly seen: Map<string, number>;
}

/** Deploys the protocol as an operator would and gives nine accounts money. */
export async function createStage(): Promise<Stage> {
  const connection = await network.create<"l1">({ override: { initialBaseFeePerGas: 0 } });
  const protocol = await deployProtocol(connection, {
    rounds: { roundLength: Number(ROUND_LENGTH), startTime: "deployment", startRound: Number(FIRST_ROUND) },
    minter: TEST_PARAMETERS.minter,
    bonding: { minimumStake: "5000", minimumSelfStake: "500", unbondingPeriod: 3 },
    registry: { serviceDeposit: "100" },
    broker: { ticketValidity: 2, unlockPeriod: 4, curingPeriod: 1 },
    token: { genesis: [{ account: "deployer", amount: "10000000" }] },
    governance: { admin: null },
  });
  const { broker, bonding, rounds, token, provider } = protocol;
  const chain = new Chain(provider, {
    broker: await broker.getAddress(),
    bonding: await bonding.getAddress(),
    rounds: await rounds.getAddress(),
    minter: await protocol.minter.getAddress(),
    token: await token.getAddress(),
    registry: await protocol.registry.getAddress(),
  });
  const { broadcaster, orchestrator, delegator, stranger, others } = protocol;
  const signers = [broadcaster, orchestrator, delegator, stranger, ...others].slice(0, 9);
  for (const [i, signer] of signers.entries()) {
    await provider.request({ method: "hardhat_setBalance", params: [signer.address, toQuantity(FORTUNE)] });
    if (i < 2) continue; // two have no LPT, one has allowed less than it has
    await token.transfer(signer, STAKE);
    await token.connect(signer).approve(bonding, i === 8 ? STAKE / 2n : Token.UNLIMITED);
  }
  const snapshot = await protocol.networkHelpers.takeSnapshot();
  return {
    protocol,
    chain,
    chainId: (await protocol.ethers.provider.getNetwork()).chainId,
    accounts: signers.map(({ address }) => address),
    restore: () => snapshot.restore(),
    seen: new Map(),
  };
}
