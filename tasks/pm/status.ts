import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { CommonArguments, Contracts } from "../common/context.ts";
import { accountOf, openContracts } from "../common/context.ts";
import { eth, printJson, printTable } from "../common/output.ts";

interface Arguments extends CommonArguments {
  readonly account: string;
}

interface Allocation {
  readonly recipient: string;
  /** {wei ETH} */
  readonly amount: bigint;
  readonly leaving: bigint;
  readonly releaseRound: bigint;
}

interface Key {
  readonly key: string;
  readonly lastRound: bigint;
  /** {wei ETH} In the present round. */
  readonly cap: bigint;
  readonly spent: bigint;
}

interface Debt {
  readonly recipient: string;
  readonly creationRound: bigint;
  readonly commitmentIndex: bigint;
  /** {wei ETH} */
  readonly faceValue: bigint;
  readonly curingRound: bigint;
  readonly forfeited: boolean;
}

export interface PaymentStatus {
  readonly address: string;
  readonly round: bigint;
  /** {wei ETH} */
  readonly deposit: bigint;
  readonly escrow: bigint;
  /** {round} 0 = locked. */
  readonly withdrawRound: bigint;
  readonly allocations: readonly Allocation[];
  readonly keys: readonly Key[];
  /** Winners that it could not pay, of tickets that can be paid still. */
  readonly defaults: readonly Debt[];
  /** {wei ETH} Fees of the account as a recipient, in rounds of which more may come. */
  readonly openFees: readonly { readonly round: bigint; readonly amount: bigint }[];
}

/** `npx hardhat pm status` */
export default async function status(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<PaymentStatus> {
  const contracts = await openContracts(hre, args.dir);
  const address = await accountOf(hre, args.account);
  const round = await contracts.rounds.currentRound();
  const [{ deposit, escrow, withdrawRound }, allocations, keys, defaults, openFees] = await Promise.all([
    contracts.broker.getSender(address),
    readAllocations(contracts, address),
    readKeys(contracts, address, round),
    readDefaults(contracts, address, round),
    readFees(contracts, address, round),
  ]);
  const result = { address, round, deposit, escrow, withdrawRound, allocations, keys, defaults, openFees };
  if (args.json) printJson(result);
  else printStatus(result);
  return result;
}

/** Each value once, in the order of the events. */
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

async function readAllocations({ broker, events }: Contracts, sender: string): Promise<Allocation[]> {
  const logs = await events((...blocks) => broker.queryFilter(broker.filters.AllocationFunded(sender), ...blocks));
  const all = await Promise.all(
    unique(logs.map(({ args }) => args.recipient)).map(async (recipient) => {
      const { amount, leaving, releaseRound } = await broker.allocationOf(sender, recipient);
      return { recipient, amount, leaving, releaseRound };
    }),
  );
  return all.filter(({ amount }) => amount !== 0n);
}

async function readKeys({ broker, events }: Contracts, sender: string, round: bigint): Promise<Key[]> {
  const logs = await events((...blocks) => broker.queryFilter(broker.filters.SignerAuthorized(sender), ...blocks));
  const all = await Promise.all(
    unique(logs.map(({ args }) => args.key)).map(async (key) => {
      const [{ lastRound, cap, previousCap, sinceRound }, spent] = await Promise.all([
        broker.signerOf(sender, key),
        broker.spentBy(sender, key, round),
      ]);
      return { key, lastRound, cap: round < sinceRound ? previousCap : cap, spent };
    }),
  );
  return all.filter(({ lastRound }) => lastRound >= round);
}

async function readDefaults({ broker, events }: Contracts, sender: string, round: bigint): Promise<Debt[]> {
  const logs = await events((...blocks) => broker.queryFilter(broker.filters.DefaultClaimed(sender), ...blocks));
  const all = await Promise.all(
    logs.map(async ({ args: { recipient, creationRound, commitmentIndex } }) => {
      const [{ faceValue, curingRound, forfeited }, lastRound] = await Promise.all([
        broker.defaultOf(recipient, creationRound, commitmentIndex),
        broker.lastRedemptionRound(creationRound),
      ]);
      return { recipient, creationRound, commitmentIndex, faceValue, curingRound, forfeited, lastRound };
    }),
  );
  return all
    .filter(({ curingRound, lastRound }) => curingRound !== 0n && lastRound >= round)
    .map(({ lastRound: _, ...debt }) => debt);
}

async function readFees({ broker }: Contracts, recipient: string, round: bigint): Promise<PaymentStatus["openFees"]> {
  const first = await broker.firstOpenRound();
  const rounds = Array.from({ length: Number(round - first) + 1 }, (_, i) => first + BigInt(i));
  const fees = await Promise.all(
    rounds.map(async (each) => ({ round: each, amount: await broker.feesOf(recipient, each) })),
  );
  return fees.filter(({ amount }) => amount !== 0n);
}

function printStatus(status: PaymentStatus): void {
  const { address, round, deposit, escrow, withdrawRound, allocations, keys, defaults, openFees } = status;
  printTable(
    [address, `in round ${round}`],
    [
      ["deposit", eth(deposit)],
      ["penalty escrow", eth(escrow)],
      ["lock", withdrawRound === 0n ? "locked" : `both can be withdrawn from round ${withdrawRound} on`],
      ...openFees.map((fees) => [`fees of round ${fees.round}`, eth(fees.amount)]),
    ],
  );
  if (allocations.length > 0) {
    printTable(
      ["set aside for", "amount", "of it leaving"],
      allocations.map(({ recipient, amount, leaving, releaseRound }) => [
        recipient,
        eth(amount),
        releaseRound === 0n ? "" : `${eth(leaving)} from round ${releaseRound} on`,
      ]),
      ["amount"],
    );
  }
  if (keys.length > 0) {
    printTable(
      ["key", "last round", "cap", "taken in this round"],
      keys.map(({ key, lastRound, cap, spent }) => [key, lastRound.toString(), eth(cap), eth(spent)]),
      ["last round", "cap", "taken in this round"],
    );
  }
  if (defaults.length > 0) {
    printTable(
      ["owes to", "ticket", "amount", "until"],
      defaults.map(({ recipient, creationRound, commitmentIndex, faceValue, curingRound, forfeited }) => [
        recipient,
        `${creationRound}/${commitmentIndex}`,
        eth(faceValue),
        forfeited ? "over: the escrow is forfeited" : `the end of round ${curingRound}`,
      ]),
      ["amount"],
    );
  }
}
