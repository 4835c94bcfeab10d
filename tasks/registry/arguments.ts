import { id, parseUnits } from "ethers";
import { isCell } from "../../offchain/discovery/regions.ts";

/** A service's id from its name, or the id itself. */
export function serviceIdOf(service: string): string {
  return /^0x[0-9a-fA-F]{64}$/.test(service) ? service.toLowerCase() : id(service);
}

/** An H3 cell from its usual hexadecimal form. */
export function cellOf(text: string): bigint {
  const cell = /^(0x)?[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text.replace(/^0x/, "")}`) : -1n;
  if (!isCell(cell)) throw new Error(`${text} is not an H3 cell: 15 hexadecimal digits, the first an 8`);
  return cell;
}

/** {wei of LPT} from whole LPT. */
export function amountOf(text: string): bigint {
  if (!/^\d{1,12}(\.\d{1,18})?$/.test(text)) throw new Error(`${text} is not an amount in LPT, such as 5000 or 0.5`);
  return parseUnits(text, 18);
}
