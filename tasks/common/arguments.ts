import { getAddress, isAddress, parseUnits } from "ethers";
import { SUPPORT } from "../../deploy/governance/ballot.ts";
import type { Support } from "../../deploy/governance/ballot.ts";
import { TaskError } from "./failure.ts";

/** {wei LPT} from whole LPT. */
export const amountOf = (text: string): bigint => unitsOf(text, "LPT, such as 5000 or 0.5");

/** {wei ETH} from whole ETH. */
export const etherOf = (text: string): bigint => unitsOf(text, "ETH, such as 2 or 0.05");

function unitsOf(text: string, unit: string): bigint {
  if (!/^\d{1,12}(\.\d{1,18})?$/.test(text)) {
    throw new TaskError(`${text} is not an amount in ${unit}, with at most 18 decimals`);
  }
  return parseUnits(text, 18);
}

/** {1e18 = 1} from percent. */
export function percentOf(text: string): bigint {
  const match = /^(\d{1,3}(?:\.\d{1,16})?) ?%?$/.exec(text);
  const ratio = match === null ? -1n : parseUnits(match[1]!, 16);
  if (ratio < 0n || ratio > 10n ** 18n) {
    throw new TaskError(`${text} is not a percentage from 0 to 100, such as 10 or 2.5`);
  }
  return ratio;
}

/** An address, with the letters in the case of its checksum. */
export function addressOf(text: string): string {
  if (!isAddress(text)) {
    throw new TaskError(`${text} is not an address: 0x and 40 hexadecimal digits, and no letter in the wrong case`);
  }
  return getAddress(text);
}

/** A number of something, from 1 to `most`. */
export function countOf(text: string, most: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > most) throw new TaskError(`${text} is not a number from 1 to ${most}`);
  return count;
}

/** Numbers of locks, each once. */
export function lockIdsOf(texts: readonly string[]): bigint[] {
  const wrong = texts.find((text) => !/^\d{1,9}$/.test(text));
  if (wrong !== undefined) throw new TaskError(`${wrong} is not the number of a lock, such as 0 or 12`);
  return [...new Set(texts.map(BigInt))];
}

/** One of the three votes. */
export function supportOf(text: string): Support {
  if (!Object.hasOwn(SUPPORT, text)) throw new TaskError(`${text} is no vote: say for, against or abstain`);
  return text as Support;
}
