import type { BaseContract, JsonRpcProvider } from "ethers";

const HEX_DIGITS = 64;
const ANSWER = /^0x(?:[0-9a-f]{64})*$/;

/**
 * A function of a contract that takes addresses and answers with so many unsigned words. For what is read with every payment: ethers' own way
 * there, which resolves names and makes objects of everything, takes several times as long as the ticket's signature.
 */
export class WordCall {
  readonly #contract: Pick<BaseContract, "target" | "runner" | "interface">;
  readonly #name: string;
  readonly #words: number;
  #selector: string | undefined;

  constructor(contract: Pick<BaseContract, "target" | "runner" | "interface">, name: string, words: number) {
    this.#contract = contract;
    this.#name = name;
    this.#words = words;
  }

  /** @param addresses 0x and 40 hex digits each */
  async read(...addresses: readonly string[]): Promise<bigint[]> {
    const { target, runner } = this.#contract;
    this.#selector ??= this.#contract.interface.getFunction(this.#name)!.selector;
    const provider = runner?.provider as Pick<JsonRpcProvider, "send"> | null | undefined;
    if (!provider) throw new TypeError("the contract is not connected");
    const data = this.#selector + addresses.map((address) => address.slice(2).padStart(HEX_DIGITS, "0")).join("");
    const answer: unknown = await provider.send("eth_call", [{ to: target, data }, "latest"]);
    if (typeof answer !== "string" || !ANSWER.test(answer) || answer.length !== 2 + HEX_DIGITS * this.#words)
      throw new TypeError(`the chain's answer is not ${this.#words} words`);
    return Array.from({ length: this.#words }, (_, i) =>
      BigInt(`0x${answer.slice(2 + i * HEX_DIGITS, 2 + (i + 1) * HEX_DIGITS)}`),
    );
  }
}
