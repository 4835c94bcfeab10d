import { id } from "ethers";
import { isCell } from "../../offchain/discovery/regions.ts";
import { TaskError } from "../common/failure.ts";

/** A service's id from its name, or the id itself. */
export function serviceIdOf(service: string): string {
  return /^0x[0-9a-fA-F]{64}$/.test(service) ? service.toLowerCase() : id(service);
}

/** An H3 cell from its usual hexadecimal form. */
export function cellOf(text: string): bigint {
  const cell = /^(0x)?[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text.replace(/^0x/, "")}`) : -1n;
  if (!isCell(cell)) throw new TaskError(`${text} is not an H3 cell: 15 hexadecimal digits, the first an 8`);
  return cell;
}

/** An H3 cell as others write it. */
export const cellName = (cell: bigint): string => cell.toString(16);
