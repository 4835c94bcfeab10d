import { getBytes, ZeroHash } from "ethers";
import { decodeState } from "../../../offchain/vm/state.ts";
import { Broker } from "../../../sim/model/broker/broker.ts";
import type { Machine, Start } from "../../../sim/model/disputes/context.ts";
import { Disputes } from "../../../sim/model/disputes/disputes.ts";
import type { DisputeParameters } from "../../../sim/model/disputes/parameters.ts";
import { Balances, ZERO_ADDRESS } from "../../../sim/model/money.ts";
import { Rounds } from "../../../sim/model/rounds.ts";
import type { Staking } from "../../../sim/model/staking/staking.ts";
import { scheduleOf, stakingOf } from "../deployed.ts";
import { takes } from "./payees.ts";
import type { Payee } from "./payees.ts";
import { ETHER, FORTUNE, OTHER_SERVICE, SERVICE, SETTLED } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** {round} As deployed. */
const TICKET_VALIDITY = 2n;

/** All models for one sequence, and what they ask. */
export interface Models {
  readonly rounds: Rounds;
  readonly staking: Staking;
  readonly broker: Broker;
  readonly disputes: Disputes;
  readonly ether: Balances;
  /** LPT outside of stake. */
  readonly tokens: Balances;
  /** What each account does with a payment, where that is not to take it. */
  readonly payees: Map<string, Payee>;
  /** What the machine says, where it was asked before. */
  readonly machine: Answers;
}

/** What the real machine has answered: the model cannot wait for it. */
export class Answers implements Machine {
  readonly #starts = new Map<string, string>();
  #step: () => string = () => ZeroHash;

  learnStart(start: Start, hash: string): void {
    this.#starts.set(nameOf(start), hash);
  }

  learnStep(step: () => string): void {
    this.#step = step;
  }

  startHash(start: Start): string {
    return this.#starts.get(nameOf(start))!;
  }

  step(): string {
    return this.#step();
  }

  read(state: string): { status: bigint; verdict: bigint; step: bigint } {
    const { status, verdict, step } = decodeState(getBytes(state));
    return { status: BigInt(status), verdict: BigInt(verdict), step };
  }
}

const nameOf = (start: Start): string => Object.values(start).map(String).join();

export async function createModels(stage: Stage): Promise<Models> {
  const { chain, chainId, accounts, admin, module, protocol, treasury, cases } = stage;
  const rounds = new Rounds(await scheduleOf(chain));
  const staking = stakingOf(rounds, protocol);

  const [ether, tokens] = [new Balances(), new Balances()];
  for (const account of [...accounts, admin, module]) ether.create(account, ETHER);
  for (const account of accounts) tokens.create(account, FORTUNE);
  const { bonding, broker: brokerAddress, disputes: address } = chain.addresses;
  const broker = new Broker(rounds, ether, {
    chainId,
    broker: brokerAddress,
    bonding,
    treasury,
    parameters: { ticketValidity: TICKET_VALIDITY, unlockPeriod: 4n, curingPeriod: 1n },
  });
  const payees = new Map<string, Payee>();
  const machine = new Answers();
  const judges = new Map([
    [SERVICE, { module: address, program: cases.program }],
    [OTHER_SERVICE, { module, program: stage.otherProgram }],
  ]);
  const disputes = new Disputes(
    {
      rounds,
      staking,
      ether,
      tokens,
      domain: { chainId, bonding },
      address,
      treasury,
      machine,
      judgeOf: (service, round) => (round < SETTLED ? undefined : judges.get(service)) ?? NOBODY,
      capOf: (sender, key, round) => broker.signers.capOf(sender, key, round),
      takes: (account, gas) => takes(payees.get(account) ?? "willing", gas),
    },
    parametersOf(stage),
  );
  return { rounds, staking, broker, disputes, ether, tokens, payees, machine };
}

const NOBODY = { module: ZERO_ADDRESS, program: ZeroHash };

function parametersOf({ protocol }: Stage): DisputeParameters {
  const { openingWindow, clock, slashFraction, gasPriceCap, penalty } = protocol.parameters.disputes;
  return {
    openingWindow: BigInt(openingWindow),
    clock: BigInt(clock),
    slashFraction: BigInt(slashFraction),
    gasPriceCap: BigInt(gasPriceCap),
    penalty: BigInt(penalty),
  };
}
