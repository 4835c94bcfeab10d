import type { Devnet } from "../../devnet/network.ts";
import type { LogLine } from "../../devnet/processes.ts";

/** The winning tickets that orchestrators have acknowledged. */
export class Winners {
  readonly #won = new Map<string, { readonly name: string; readonly round: number; readonly index: bigint }>();

  get acknowledged(): number {
    return this.#won.size;
  }

  /** Reads a line of an orchestrator's log. */
  read(name: string, { msg, ...line }: LogLine): void {
    if (msg !== "ticket won") return;
    const [round, index] = [Number(line["round"]), BigInt(String(line["index"]))];
    this.#won.set(`${name}/${round}/${index}`, { name, round, index });
  }

  /** How many of them are paid on the chain, when none waits to be redeemed any more. */
  async paid(devnet: Devnet): Promise<number> {
    const broker = devnet.contract("TicketBroker");
    const addresses = new Map(devnet.orchestrators.map(({ name, address }) => [name, address]));
    let paid = 0;
    for (const { name, round, index } of this.#won.values())
      if (await broker.isClosed(addresses.get(name)!, round, index)) paid++;
    return paid;
  }
}
