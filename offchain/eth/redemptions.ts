import type { BrokerPort, CommitmentState, Refusal, SenderFunds, Ticket, Winner } from "../pm/interface.ts";
import type { RedemptionChain } from "./chain.ts";
import { batches, isRevert, singleArguments } from "./redemption-call.ts";

const KINDS: Readonly<Record<string, Refusal["kind"]>> = {
  TicketBrokerCommitmentClosed: "closed",
  TicketBrokerTicketExpired: "expired",
  TicketBrokerInsufficientFunds: "unfunded",
};

/** The TicketBroker as the redeemer sees it, from the recipient's account. */
export class RedemptionAdapter implements BrokerPort {
  readonly #chain: RedemptionChain;

  constructor(modules: { chain: RedemptionChain }) {
    this.#chain = modules.chain;
  }

  async roundStart(round: number): Promise<number> {
    return Number(await this.#chain.rounds.roundStart(round)) * 1_000;
  }

  async lastRound(creationRound: number): Promise<number> {
    return Number(await this.#chain.broker.lastRedemptionRound(creationRound));
  }

  async curingPeriod(): Promise<number> {
    return Number((await this.#chain.broker.parameters()).curingPeriod);
  }

  async funds(sender: string): Promise<SenderFunds> {
    const { broker, wallet } = this.#chain;
    const [{ deposit, escrow, withdrawRound }, { amount }] = await Promise.all([
      broker.getSender(sender),
      broker.allocationOf(sender, wallet.address),
    ]);
    return { deposit, allocation: amount, escrow, withdrawRound: withdrawRound === 0n ? null : Number(withdrawRound) };
  }

  async state({ recipient, creationRound, commitmentIndex }: Ticket): Promise<CommitmentState> {
    const { broker } = this.#chain;
    const [isClosed, { curingRound }] = await Promise.all([
      broker.isClosed(recipient, creationRound, commitmentIndex),
      broker.defaultOf(recipient, creationRound, commitmentIndex),
    ]);
    if (curingRound !== 0n) return "owed";
    return isClosed ? "paid" : "open";
  }

  async payable(winners: readonly Winner[]): Promise<number> {
    return Number(await this.#chain.broker.redeemBatch.staticCall(batches(winners)));
  }

  async refusal(winner: Winner): Promise<Refusal | null> {
    const { broker } = this.#chain;
    try {
      await broker.redeem.staticCall(...singleArguments(winner));
      return null;
    } catch (error) {
      if (!isRevert(error)) throw error;
      const reason = broker.interface.parseError(error.data);
      if (reason === null) return { kind: "other", detail: error.shortMessage };
      return { kind: KINDS[reason.name] ?? "other", detail: `${reason.name}(${reason.args.join(", ")})` };
    }
  }
}
