import { readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { DeploymentError } from "../errors.ts";
import type { Migration } from "../migrations/migration.ts";

export const MIGRATIONS = path.join(import.meta.dirname, "..", "migrations");

const NAME = /^lip-(\d+)_[a-z0-9-]+$/;

/** A migration with the name of its file. */
export interface Named {
  readonly id: string;
  readonly migration: Migration;
}

export function migrationIds(directory = MIGRATIONS): string[] {
  return readdirSync(directory)
    .map((file) => path.basename(file, ".ts"))
    .filter((name) => NAME.test(name))
    .sort();
}

/** @param id Of the file, or the number of its LIP if there is but one. @throws DeploymentError MigrationUnknown */
export async function loadMigration(id: string, directory = MIGRATIONS): Promise<Named> {
  const ids = migrationIds(directory);
  const found = ids.filter((each) => each === id || each.startsWith(`lip-${id.replace(/^lip-/i, "")}_`));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new DeploymentError(
      "MigrationUnknown",
      `${id} is ${only === undefined ? "no migration" : "more than one migration"}; there are ${ids.join(", ")}`,
    );
  const module = (await import(pathToFileURL(path.join(directory, `${only}.ts`)).href)) as { migration?: Migration };
  if (module.migration === undefined || NAME.exec(only)?.[1] !== String(module.migration.lip))
    throw new DeploymentError("MigrationUnknown", `${only}.ts has to export \`migration\`, with the LIP of its name`);
  return { id: only, migration: module.migration };
}
