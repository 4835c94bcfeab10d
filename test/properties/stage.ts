import { toQuantity } from "ethers";
import { network } from "hardhat";
import { deployProtocol, TEST_PARAMETERS } from "../fixtures/protocol.ts";
import type { Protocol } from "../fixtures/protocol.ts";
import { Chain } from "./chain.ts";

/** {s} At the beginning of a sequence. */
const ROUND_LENGTH = 100n;
/** A few rounds before those whose fees are noted in another word. */
export const FIRST_ROUND = 250n;
/** {round} At the beginning of a sequence: the longest, so that it stops no validity but one. */
export const COMMISSION_NOTICE = 30n;
/** {wei ETH} Enough to reach the bound of an amount. */
const FORTUNE = 2n ** 110n;

/** The chain that all sequences share: deployed once, put back before each. */
export interface Stage {
  readonly protocol: Protocol;
  readonly chain: Chain;
  readonly chainId: bigint;
  readonly accounts: readonly string[];
  readonly senders: readonly string[];
  /** One of them is a sender, too. */
  readonly recipients: readonly string[];
  /** What senders let sign for them: a recipient among them. */
  readonly keys: readonly string[];
  readonly treasury: string;
  readonly restore: () => Promise<void>;
  /** How often each method was done or refused, by all sequences together: shows that a property met what it is about. */
  readonly seen: Map<string, number>;
}

/** Deploys the protocol as an operator would and gives nine accounts money. */
export async function createStage(): Promise<Stage> {
  const connection = await network.create<"l1">({ override: { initialBaseFeePerGas: 0 } });
  const protocol = await deployProtocol(connection, {
    ...TEST_PARAMETERS,
    rounds: { roundLength: Number(ROUND_LENGTH), startTime: "deployment", startRound: Number(FIRST_ROUND) },
    disputes: { ...TEST_PARAMETERS.disputes, openingWindow: 600, clock: 60 },
    bonding: { ...TEST_PARAMETERS.bonding, commissionNotice: Number(COMMISSION_NOTICE) },
  });
  const { provider } = protocol;
  const chain = await Chain.of(protocol);
  const { broadcaster, orchestrator, delegator, stranger, others } = protocol;
  const signers = [broadcaster, orchestrator, delegator, stranger, ...others].slice(0, 9);
  for (const { address } of signers) {
    await provider.request({ method: "hardhat_setBalance", params: [address, toQuantity(FORTUNE)] });
  }
  await protocol.networkHelpers.impersonateAccount(chain.addresses.bonding); // the one that takes fees
  const accounts = signers.map(({ address }) => address);
  const snapshot = await protocol.networkHelpers.takeSnapshot();
  return {
    protocol,
    chain,
    chainId: (await protocol.ethers.provider.getNetwork()).chainId,
    accounts,
    senders: accounts.slice(0, 3),
    recipients: accounts.slice(2, 5),
    keys: accounts.slice(4, 6),
    treasury: await protocol.treasury.getAddress(),
    restore: () => snapshot.restore(),
    seen: new Map(),
  };
}
