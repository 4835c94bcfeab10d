import { expect } from "chai";
import { toQuantity } from "ethers";
import type { Protocol as Model } from "../../sim/model/protocol.ts";
import { Refusal } from "../../sim/model/refusal.ts";
import { refusalOf as decode } from "./chain.ts";
import type { Call } from "./chain.ts";
import type { Stage } from "./stage.ts";

export type Done<T> = { readonly ok: true; readonly result: T } | { readonly ok: false; readonly refusal: Refusal };

/** Contracts and model side by side: each call is done on both, at the model's time. */
export class Pair {
  readonly stage: Stage;
  readonly model: Model;
  /** Every call, for the report of a failure. */
  readonly transcript: string[] = [];
  /** {s} Time of the latest block. */
  #minedAt = 0n;

  constructor(stage: Stage, model: Model) {
    this.stage = stage;
    this.model = model;
  }

  /** Does the same to contract and model: both do it and tell the same, or both refuse for the same reason. */
  async perform<T>(call: Call, onModel: () => T): Promise<Done<T>> {
    const { rounds } = this.model;
    const text = `${rounds.now} (round ${rounds.current}) ${call.on}.${call.method}(${describeArgs(call.args)}) by ${call.from}${call.value ? ` with ${call.value} wei` : ""}`;
    this.transcript.push(text);
    const told = this.model.broker.events.length;
    const expected = attempt(onModel);

    const outcome = await this.stage.chain.send(call, rounds.now);
    this.#minedAt = rounds.now;
    const have = "hash" in outcome ? "done" : describe(outcome.refusal);
    expect(have).to.equal(expected.ok ? "done" : describe(expected.refusal), `contract against model: ${text}`);
    this.transcript.push(`  ${have}`);
    this.count(expected.ok ? call.method : `${call.method} ${expected.refusal.name}`);
    if (!expected.ok) return expected;
    if (!("hash" in outcome)) return { ok: false, refusal: outcome.refusal };

    const events = await this.stage.chain.events("broker", outcome.hash);
    expect(events.map(({ name, args }) => tell(name, args as unknown[]))).to.deep.equal(
      this.model.broker.events.slice(told).map(({ name, args }) => tell(name, args)),
      `events of contract and model: ${text}`,
    );
    return expected;
  }

  /** An empty block at the model's time, if that has moved. */
  async catchUp(): Promise<void> {
    const { now } = this.model.rounds;
    if (now <= this.#minedAt) return;
    const { provider } = this.stage.protocol;
    await provider.request({ method: "evm_setNextBlockTimestamp", params: [toQuantity(now)] });
    await provider.request({ method: "evm_mine", params: [] });
    this.#minedAt = now;
  }

  /** Notes that something happened that a property is about. */
  count(what: string): void {
    const { seen } = this.stage;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
}

/** What the model does: an answer or a refusal. */
export function attempt<T>(onModel: () => T): Done<T> {
  try {
    return { ok: true, result: onModel() };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return { ok: false, refusal };
  }
}

/** Why the model would refuse; null: it would not. */
export function refusalOf(onModel: () => unknown): Refusal | null {
  const done = attempt(onModel);
  return done.ok ? null : done.refusal;
}

/** An error with its values. Of two validities the contract remembers one, so the last round of a ticket long dead may differ. */
export function describe({ name, args }: Refusal): string {
  const told = name === "TicketBrokerTicketExpired" ? args.slice(0, 1) : args;
  return `${name}(${told.map(String).join(", ")})`;
}

/** An event with its values. */
function tell(name: string, args: readonly unknown[]): string {
  const values = args.map((value) => {
    if (value instanceof Refusal) return describe(value);
    if (Array.isArray(value)) return `[${[...(value as unknown[])].map(String).join(", ")}]`;
    return name === "TicketSkipped" && value === args.at(-1)
      ? describe(decode("broker", value as string))
      : String(value);
  });
  return `${name}(${values.join(", ")})`;
}

const describeArgs = (args: readonly unknown[]): string =>
  JSON.stringify(args, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)).slice(1, -1);
