import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readParameters } from "../../deploy/parameters.ts";
import { differences, inspect } from "../../deploy/status/index.ts";
import type { Row } from "../../deploy/status/index.ts";
import { directoryOf } from "../common/context.ts";
import { print, printJson, printTable } from "../common/output.ts";

interface Arguments {
  readonly dir: string;
  readonly all: boolean;
  readonly json: boolean;
}

export default async function status({ dir, all, json }: Arguments, hre: HardhatRuntimeEnvironment): Promise<Row[]> {
  const { ethers, networkName } = await hre.network.getOrCreate();
  const directory = directoryOf(hre, dir, networkName);
  const parameters = readParameters(path.join(directory, "parameters.json5"));
  const rows = await inspect({ provider: ethers.provider, dir: directory, parameters });
  const differing = differences(rows);
  if (json) printJson({ differences: differing.length, rows });
  else printRows(rows, all);
  if (differing.length > 0) process.exitCode = 1;
  return rows;
}

/** A table for each section, and how many differences there are. */
export function printRows(rows: readonly Row[], all: boolean): void {
  for (const section of new Set(rows.map((row) => row.section))) {
    const shown = rows.filter((row) => row.section === section && (all || row.differs || !row.detail));
    if (shown.length === 0) continue;
    if (section === "pending") {
      printTable(
        ["pending", "", ""],
        shown.map(({ subject, expected, found }) => [wrapped(subject), expected, found]),
      );
    } else if (shown.some(({ differs }) => differs)) {
      printTable(
        [section, "on the chain", "", "by the files"],
        shown.map(({ subject, found, expected, differs }) => [
          subject,
          wrapped(found),
          ...(differs ? ["≠", wrapped(expected)] : ["", ""]),
        ]),
      );
    } else {
      printTable(
        [section, "on the chain"],
        shown.map(({ subject, found }) => [subject, found]),
      );
    }
  }
  const count = differences(rows).length;
  const same = `${rows.length - count} of ${rows.length} are as the parameters and the compiled sources say`;
  print(count === 0 ? same : `${same}, ${count} differ`);
}

const wrapped = (text: string): string => (text.length > 60 ? text.replaceAll(", ", ",\n") : text);
