import { encodeBytes32String, getCreate2Address, keccak256 } from "ethers";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { ContractName, Deployment } from "../contracts.ts";
import { isAlphaPlan, isBehindController } from "../alpha/plan.ts";
import { DeploymentError } from "../errors.ts";
import { create } from "../index.ts";
import { contextOf } from "../migrations/migration.ts";
import type { Context, Step } from "../migrations/migration.ts";
import type { Creation } from "../relations.ts";
import { openSender } from "../sender.ts";
import type { Sender, SenderOptions } from "../sender.ts";
import { compare } from "../upgrades/compare.ts";
import { inspectLogics, mayBreak, readRelease, RELEASES, releasedVersions } from "../upgrades/releases.ts";
import type { LogicName } from "../upgrades/releases.ts";
import type { Named } from "./load.ts";
import { readRecord, writeRecord } from "./record.ts";
import type { MigrationRecord } from "./record.ts";

export interface PrepareOptions extends SenderOptions, Named {
  readonly deployment: Deployment;
  readonly dir: string;
}

/**
 * Creates what a migration needs, and writes down where it is. What is there is not created again.
 * @throws DeploymentError AlreadyProposed, UpgradeRefused, TransactionFailed
 */
export async function prepare(options: PrepareOptions): Promise<MigrationRecord> {
  const { signer, deployment, dir, id, migration } = options;
  const provider = signer.provider;
  if (provider === null) throw new TypeError("the signer needs a provider");
  const known = readRecord(dir, id, deployment.chainId);
  if (known !== undefined && known.proposal !== null) return known;
  const context = contextOf(provider, deployment, dir);
  const artifacts = await migration.prepare(stepOf(await openSender(options, provider), context), context);
  const record: MigrationRecord = { chainId: deployment.chainId, artifacts, proposal: null };
  writeRecord(dir, id, record);
  return record;
}

/** @throws DeploymentError NotPrepared */
export function requirePrepared(dir: string, id: string, { chainId }: Deployment): MigrationRecord {
  const record = readRecord(dir, id, chainId);
  if (record === undefined)
    throw new DeploymentError("NotPrepared", `${id} is not prepared here: npx hardhat migrate prepare ${id}`);
  return record;
}

export function stepOf(sender: Sender, { plan }: Context): Step {
  const make = async (creation: Creation): Promise<string> => {
    await create(sender, plan, creation);
    return creation.address;
  };
  return {
    async logic(name) {
      requireCompatible(partsOf(name));
      if (name === "BondingManager") for (const part of plan.parts) await make(part);
      if (name === "DisputeGame") await make(plan.machine);
      if (name === "ProtocolGovernor") await make(plan.consistency);
      const core = await make(plan.implementations[name]);
      if (!isAlphaPlan(plan) || !isBehindController(name)) return core;
      if (name === "RoundsManager") return make(plan.rounds);
      await make(plan.views);
      return make(plan.bonding);
    },
    create(name, initCode) {
      const salt = encodeBytes32String(name);
      const address = getCreate2Address(plan.deployment.factory, salt, keccak256(initCode));
      return make({ name, salt, initCode, address });
    },
  };
}

const partsOf = (name: ContractName): LogicName[] =>
  name === "BondingManager" ? [name, "BondingFaults", "BondingLedger"] : [name];

/** What `npx hardhat upgrades validate` asks, of the contracts that are upgraded. @throws DeploymentError UpgradeRefused */
export function requireCompatible(names: readonly LogicName[], directory = RELEASES): void {
  const version = releasedVersions(directory).at(-1);
  if (version === undefined) return;
  const { version: next } = JSON.parse(
    readFileSync(path.join(import.meta.dirname, "..", "..", "package.json"), "utf8"),
  ) as { version: string };
  const [released, compiled] = [readRelease(version, directory), inspectLogics(names)];
  const findings = names.flatMap((name) => {
    const before = released[name];
    if (before === undefined) return [];
    return compare(before, compiled[name], mayBreak(next, version)).map(({ detail }) => `${name}: ${detail}`);
  });
  if (findings.length > 0)
    throw new DeploymentError("UpgradeRefused", `this cannot take the place of ${version}:\n${findings.join("\n")}`);
}
