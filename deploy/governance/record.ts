import { readFileSync } from "node:fs";
import path from "node:path";
import { isAddress } from "ethers";
import { z } from "zod";
import { DeploymentError } from "../errors.ts";
import { replaceFile } from "../journal.ts";

const address = z.string().refine((value) => isAddress(value), "not an address");
const hex = z.string().regex(/^0x([0-9a-f]{2})*$/i, "not hexadecimal");

const recordSchema = z.strictObject({
  chainId: z.int().positive(),
  /** What `prepare` created. */
  artifacts: z.record(z.string(), address),
  /** What is voted on; from here on it counts, and not what the sources make. */
  proposal: z
    .strictObject({
      id: z.string().regex(/^\d+$/),
      proposer: address,
      description: z.string(),
      calls: z.array(z.strictObject({ says: z.string(), target: address, data: hex })),
    })
    .nullable(),
});

/** What was prepared and proposed of a migration. Whether it happened is asked of the chain. */
export type MigrationRecord = z.infer<typeof recordSchema>;
export type ProposalRecord = NonNullable<MigrationRecord["proposal"]>;

const fileOf = (dir: string, id: string): string => path.join(dir, "migrations", `${id}.json`);

/** @throws DeploymentError IncompleteDeployment, WrongChain */
export function readRecord(dir: string, id: string, chainId: number): MigrationRecord | undefined {
  const file = fileOf(dir, id);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  let record: MigrationRecord;
  try {
    record = recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DeploymentError(
      "IncompleteDeployment",
      `${file} is damaged: restore it, or remove it and prepare again`,
      {
        cause,
      },
    );
  }
  if (record.chainId !== chainId)
    throw new DeploymentError("WrongChain", `${file} is of chain ${record.chainId}, this is chain ${chainId}`);
  return record;
}

export function writeRecord(dir: string, id: string, record: MigrationRecord): void {
  replaceFile(fileOf(dir, id), `${JSON.stringify(record, null, 2)}\n`);
}
