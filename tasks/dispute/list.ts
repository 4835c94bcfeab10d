import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { CommonArguments } from "../common/context.ts";
import { openContracts } from "../common/context.ts";
import { print, printJson, printTable } from "../common/output.ts";
import { noted } from "../orchestrators/read.ts";
import { type Dispute, readDisputes, short } from "./read.ts";
import { fateOf, standOf } from "./text.ts";

interface Arguments extends CommonArguments {
  readonly open: boolean;
}

/** `npx hardhat dispute list` */
export default async function list({ open, dir, json }: Arguments, hre: HardhatRuntimeEnvironment): Promise<Dispute[]> {
  const all = await readDisputes(await openContracts(hre, dir));
  const found = all.filter(({ outcome }) => outcome === "open" || !open).reverse();
  if (json) printJson(found);
  else if (found.length === 0) print(open ? "no challenge is open" : "nothing was ever challenged");
  else printTable(["dispute", "round", "state, and games"], found.map(cellsOf), ["round"]);
  return found;
}

function cellsOf(dispute: Dispute): string[] {
  const { id, claim, games } = dispute;
  return [
    noted(short(id), [`of ${claim.orchestrator}`, `by ${claim.challenger}`]),
    claim.faultRound.toString(),
    [fateOf(dispute), ...games.map((game) => noted(game.defender, [standOf(game)]))].join("\n"),
  ];
}
