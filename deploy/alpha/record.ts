import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { isAddress } from "ethers";
import { z } from "zod";
import { DeploymentError } from "../errors.ts";
import { replaceFile } from "../journal.ts";
import type { AlphaNetwork } from "./network.ts";

const address = z.string().refine((value) => isAddress(value), "not an address");

const schema = z.strictObject({
  alpha: z.strictObject({
    controller: address,
    token: address,
    minter: address,
    roundsManager: address,
    bondingManager: address,
    jobsManager: address,
  }),
  block: z.int().nonnegative().optional(),
  funds: address.optional(),
});

/** What an upgrade has to remember between its commands; everything else is asked of the chain. In the end the controller names the new minter. */
export interface AlphaRecord {
  readonly alpha: AlphaNetwork;
  /** No event of its stake is older. */
  readonly block?: number | undefined;
  /** Once it holds the alpha's ETH: it stays where it is, whatever later sources would make of it. */
  readonly funds?: string | undefined;
}

const fileOf = (dir: string): string => path.join(dir, "alpha.json");

export const hasAlphaRecord = (dir: string): boolean => existsSync(fileOf(dir));

/** @throws DeploymentError NotPrepared */
export function readAlphaRecord(dir: string): AlphaRecord {
  try {
    return schema.parse(JSON.parse(readFileSync(fileOf(dir), "utf8")));
  } catch (cause) {
    throw new DeploymentError(
      "NotPrepared",
      `${fileOf(dir)} says of no alpha: begin with \`npx hardhat alpha prepare\`, or restore it`,
      { cause },
    );
  }
}

export function writeAlphaRecord(dir: string, record: AlphaRecord): void {
  replaceFile(fileOf(dir), `${JSON.stringify(record, null, 2)}\n`);
}
