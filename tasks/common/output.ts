import { formatUnits } from "ethers";
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";
import { print, printJson, printTable } from "../../offchain/cli/output.ts";

export { duration, print, printable, printJson, printTable } from "../../offchain/cli/output.ts";

// --- Values ---

/** All digits, with separators from five before the point on. */
function exact(value: bigint, places = 18): string {
  const [whole = "0", fraction = "0"] = formatUnits(value, places).split(".");
  const grouped = whole.length > 4 ? BigInt(whole).toLocaleString("en") : whole;
  return fraction === "0" ? grouped : `${grouped}.${fraction}`;
}

export const lpt = (wei: bigint): string => `${exact(wei)} LPT`;

export const eth = (wei: bigint): string => `${exact(wei)} ETH`;

/** A ratio {1e18 = 1}. */
export const percent = (ratio: bigint): string => `${exact(ratio, 16)} %`;

/** A ratio, to two decimals, rounded down. */
export const roughPercent = (ratio: bigint): string => percent((ratio / 10n ** 14n) * 10n ** 14n);

/** A fixed-point number with separators, to as many decimals as a column has room for, rounded down; without the unit. */
export function rough(value: bigint, places = 18): string {
  const [whole = "0", fraction = ""] = formatUnits(value, places).split(".");
  const kept = fraction.slice(0, whole === "0" ? 6 : whole.length < 7 ? 2 : 0).replace(/0+$/, "");
  if (kept === "" && whole === "0" && value > 0n) return "< 0.000001";
  const grouped = BigInt(whole).toLocaleString("en");
  return kept === "" ? grouped : `${grouped}.${kept}`;
}

/** A moment {s, Unix}, in UTC. */
export const moment = (seconds: bigint): string =>
  seconds > 10n ** 11n
    ? "never"
    : `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;

// --- Tables ---

/** Names and values. */
export function printFacts(title: string, facts: readonly (readonly [string, string])[]): void {
  printTable([title, ""], facts);
}

// --- Transactions ---

export interface Sent {
  readonly transaction: string;
  readonly gasUsed: bigint;
}

/** Waits for a transaction. */
export async function mined(sending: Promise<ContractTransactionResponse>): Promise<ContractTransactionReceipt> {
  const receipt = await (await sending).wait();
  if (receipt === null) throw new Error("the transaction was replaced by another one");
  return receipt;
}

interface Done<T> {
  readonly json: boolean;
  readonly text: string;
  readonly data: T;
}

/** Waits for a transaction and says what it did. */
export async function settle<T extends object>(
  sending: Promise<ContractTransactionResponse>,
  done: Done<T>,
): Promise<T & Sent> {
  return tell(await mined(sending), done);
}

/** Says what a transaction did. */
export function tell<T extends object>(receipt: ContractTransactionReceipt, { json, text, data }: Done<T>): T & Sent {
  const result = sentOf(receipt, data);
  if (json) printJson(result);
  else print(sentLine(receipt, text));
  return result;
}

/** The same for a task that sends several: the JSON is one list. */
export const sentOf = <T extends object>({ hash, gasUsed }: ContractTransactionReceipt, data: T): T & Sent => ({
  ...data,
  transaction: hash,
  gasUsed,
});

export function sentLine({ hash, gasUsed }: ContractTransactionReceipt, text: string): string {
  const transaction = `(${hash}, ${gasUsed.toLocaleString("en")} gas)`;
  // Apart from commands to copy.
  return text.includes("\n") ? `${text}\n${transaction}` : `${text} ${transaction}`;
}
