import { expect } from "chai";
import { GasPrice } from "../../../offchain/pm/gas-price.ts";
import type { StoredWinner, Winner } from "../../../offchain/pm/interface.ts";
import { TicketRedeemer, type RedeemerEvent, type RedeemerOptions } from "../../../offchain/pm/redeemer.ts";
import { commitmentKey } from "../../../offchain/pm/ticket.ts";
import type { NodeStore } from "../../../offchain/store/interface.ts";
import { openStore } from "../../../offchain/store/sqlite.ts";
import { Chain__FakeForRedeemer, ROUND } from "./Chain__FakeForRedeemer.ts";
import { Clock__Fake } from "./Clock__Fake.ts";
import { accept, winner } from "./winners.ts";
import { DOMAIN, ETHER, FACE, RECIPIENT, SENDER, seededRandomness } from "./world.ts";

export const FEES = { maxFee: 1_000n, priorityFee: 10n };
export const POOR = "0x00000000000000000000000000000000000000Aa";

/** No waiting for company, nothing too cheap to wait for its price. */
const PROMPT = { gather: 0, negligible: 0n };

/** Redeemers over a store, a chain and a clock of their own; new ones for each test. */
export class RedeemerScene {
  chain!: Chain__FakeForRedeemer;
  clock!: Clock__Fake;
  store!: NodeStore;
  events!: RedeemerEvent[];
  #redeemers!: TicketRedeemer[];

  readonly reset = (): void => {
    this.clock = new Clock__Fake();
    this.chain = new Chain__FakeForRedeemer(this.clock);
    this.chain.fund(SENDER, ETHER);
    this.store = openStore({
      path: ":memory:",
      identity: { address: RECIPIENT, chainId: DOMAIN.chainId, broker: DOMAIN.broker },
    });
    this.store.recipient.secret(() => new Uint8Array(32));
    this.events = [];
    this.#redeemers = [];
  };

  readonly clear = async (): Promise<void> => {
    this.chain.isReadable = true;
    for (const redeemer of this.#redeemers) await this.clock.runUntil(redeemer.close());
    this.store.close();
  };

  readonly add = (item: Winner): void => accept(this.store, item);

  readonly addAll = (count: number, change: Partial<Winner["ticket"]> = {}, from = 0): void => {
    for (let index = from; index < from + count; index += 1) this.add(winner(BigInt(index), change));
  };

  readonly create = (options: RedeemerOptions = {}): TicketRedeemer => {
    const redeemer = new TicketRedeemer(
      { confirmations: 3, pollInterval: 4_000, timeout: 2_000, ...options, policy: { ...PROMPT, ...options.policy } },
      {
        store: this.store.winners,
        broker: this.chain,
        account: this.chain,
        gasPrice: new GasPrice({ window: 100 }, this.chain),
        clock: this.clock,
        randomness: seededRandomness("jitter"),
        onEvent: (event) => this.events.push(event),
      },
    );
    this.#redeemers.push(redeemer);
    return redeemer;
  };

  /** Presented as a default, for good. */
  readonly claim = ({ digest, ticket }: StoredWinner): void => {
    this.chain.ledger.closed.set(commitmentKey(ticket), "owed");
    this.store.winners.mark(digest, "claimed", "found closed on the chain");
  };

  /** A failure makes the first winner wait for a round. @returns {ms} until when */
  readonly postpone = (): number => {
    const later = this.clock.now() + ROUND;
    this.store.winners.postpone(this.store.winners.list("pending", 1)[0]!.digest, later, "the node was down");
    return later;
  };

  readonly drain = (redeemer: TicketRedeemer): Promise<void> =>
    this.clock.runUntil(redeemer.drain(new AbortController().signal));

  readonly pass = (ms: number): Promise<void> => this.clock.runUntil(this.clock.sleep(ms));

  readonly kinds = (kind: RedeemerEvent["kind"]): RedeemerEvent[] => this.events.filter((event) => event.kind === kind);

  readonly statusOf = (index: bigint): string | undefined =>
    (["pending", "included", "claimed", "redeemed", "expired"] as const).find((status) =>
      this.store.winners.list(status, 1_000).some(({ ticket }) => ticket.commitmentIndex === index),
    );

  /** Every paid commitment was paid by exactly one of the transactions that are in the chain. */
  readonly expectPaidOnce = (count: number): void => {
    expect([...this.chain.ledger.closed.values()].filter((state) => state === "paid")).to.have.length(count);
    expect(this.chain.ledger.deposits.get(SENDER)).to.equal(ETHER - FACE * BigInt(count));
  };
}
