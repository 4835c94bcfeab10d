import { readFileSync } from "node:fs";
import path from "node:path";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { compare, type Finding } from "../../deploy/upgrades/compare.ts";
import {
  inspectCompiled,
  LOGICS,
  type LogicName,
  mayBreak,
  readRelease,
  releasedVersions,
} from "../../deploy/upgrades/releases.ts";
import { TaskError } from "../common/failure.ts";
import { print, printJson } from "../common/output.ts";

interface Row extends Finding {
  readonly contract: LogicName;
}

export default async function validate(
  { release, json }: { readonly release: string; readonly json: boolean },
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const released = release === "" ? releasedVersions().at(-1) : release;
  if (released === undefined) throw new TaskError("nothing is released yet: npx hardhat upgrades snapshot 1.2.3");
  await hre.tasks.getTask("build").run({ quiet: true });
  const { version } = JSON.parse(readFileSync(path.join(hre.config.paths.root, "package.json"), "utf8")) as {
    version: string;
  };

  const [before, now] = [readRelease(released), inspectCompiled()];
  const breaks = mayBreak(version, released);
  const findings: Row[] = LOGICS.flatMap((contract) => {
    const known = before[contract];
    return known === undefined
      ? [] // New since then.
      : compare(known, now[contract], breaks).map((finding) => ({ contract, ...finding }));
  });
  if (json) printJson({ released, version, mayBreak: breaks, findings });
  else if (findings.length === 0) print(`${LOGICS.length} contracts of ${version} can take the place of ${released}`);
  for (const { contract, kind, detail } of json ? [] : findings) print(`${contract}: ${kind}\n  ${detail}`);
  if (findings.length > 0) process.exitCode = 1;
}
