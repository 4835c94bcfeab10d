import Table from "cli-table3";
import { formatEther } from "ethers";
import type { ContractTransactionResponse } from "ethers";

/** Rows without lines between them. */
const COMPACT = { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" };

const print = (text: string): void => void process.stdout.write(`${text}\n`);

export const lpt = (wei: bigint): string => `${formatEther(wei).replace(/\.0$/, "")} LPT`;

/** An H3 cell as others write it. */
export const cellName = (cell: bigint): string => cell.toString(16);

/** Text that strangers wrote, without what a terminal would obey. */
export const printable = (text: string): string => text.replace(/\p{C}/gu, "\u{fffd}");

/** Rows for a person. */
export function printTable(head: string[], rows: readonly string[][]): void {
  const table = new Table({ chars: COMPACT, head, style: { head: [], border: [] } });
  table.push(...rows);
  print(table.toString());
}

/** Data for a program: amounts in wei as decimal strings. */
export function printJson(data: unknown): void {
  print(JSON.stringify(data, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value), 2));
}

export interface Sent {
  readonly transaction: string;
  readonly gasUsed: bigint;
}

/** Waits for a transaction and says what it did. */
export async function settle<T extends object>(
  sending: Promise<ContractTransactionResponse>,
  done: { readonly json: boolean; readonly text: string; readonly data: T },
): Promise<T & Sent> {
  const receipt = await (await sending).wait();
  if (receipt === null) throw new Error("the transaction was replaced by another one");
  const result = { ...done.data, transaction: receipt.hash, gasUsed: receipt.gasUsed };
  if (done.json) printJson(result);
  else print(`${done.text} (${receipt.hash}, ${receipt.gasUsed.toLocaleString("en")} gas)`);
  return result;
}
