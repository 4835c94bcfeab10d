import { writeFileSync } from "node:fs";
import path from "node:path";
import { MIGRATIONS } from "../../deploy/governance/load.ts";
import { TaskError } from "../common/failure.ts";
import { print } from "../common/output.ts";

/** A migration that changes one parameter: enough to be run as it is. */
const template = (lip: string, name: string): string => `import { setParameters } from "./calls.ts";
import { expectParameter } from "./checks.ts";
import type { Migration } from "./migration.ts";

/** {round} */
const JAIL_PERIOD = 8;

export const migration: Migration = {
  lip: ${lip},
  title: "${name.replaceAll("-", " ")}",
  text: \`Why, for those who vote: what is wrong today, what it becomes, what it costs whom.\`,
  // All that \`deploy status\` will find changed. What is not said here is refused.
  changes: ["bonding.jailPeriod"],

  async prepare() {
    // Contracts: \`return { treasury: await step.logic("Treasury") };\`
    return {};
  },

  async enact(context) {
    return [
      // Logic: \`upgrade(context, "Treasury", artifacts.treasury, "Says what this does.")\`; any other call: \`call(context, "Treasury", "burn", [1n], "…")\`.
      await setParameters(context, "bonding", { jailPeriod: JAIL_PERIOD }, \`Keeps who was slashed out for \${JAIL_PERIOD} rounds.\`),
    ];
  },

  async enacted(context) {
    return (await context.at("BondingManager").parameters()).jailPeriod === BigInt(JAIL_PERIOD);
  },

  async verify(context) {
    return expectParameter(context, "bonding.jailPeriod", JAIL_PERIOD);
  },
};
`;

/** Writes the file of a migration, which works as it stands. @returns where it is @throws TaskError */
export function writeMigration(lip: string, name: string, directory = MIGRATIONS): string {
  if (!/^[1-9]\d{0,3}$/.test(lip)) throw new TaskError(`${lip} is not the number of a LIP`);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    throw new TaskError(`${name} is no name: small letters and digits, with a hyphen between words`);
  const file = path.join(directory, `lip-${lip}_${name}.ts`);
  try {
    writeFileSync(file, template(lip, name), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw new TaskError(`${file} is there already`);
  }
  return file;
}

export default async function ({ lip, name }: { readonly lip: string; readonly name: string }): Promise<void> {
  const file = writeMigration(lip, name);
  print(
    `fill in ${path.relative(process.cwd(), file)}, then: npx hardhat migrate simulate lip-${lip}_${name} --network <network>`,
  );
}
