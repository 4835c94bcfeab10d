import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, from, json } from "../common/options.ts";

const dispute = { name: "dispute" as const, description: "Its name, or the first digits of it" };
const evidence = {
  name: "evidence" as const,
  description: "Directory with evidence.json and the bytes, each in a file named by its root",
};
const program = {
  name: "program" as const,
  description: "ELF file of the program that the receipt names (default: one of our own)",
  defaultValue: "",
};

export const disputeTasks = [
  emptyTask("dispute", "Challenge work, defend it, and settle who was right").build(),

  task(
    ["dispute", "list"],
    "Challenges, the newest first: whose, against whom, what became of them, what is left on the clocks",
  )
    .addFlag({ name: "open", description: "Only those that are not over" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./list.ts")))
    .build(),

  task(["dispute", "show"], "One challenge: its claim and bonds, and every list and pick of its games")
    .addPositionalArgument(dispute)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./show.ts")))
    .build(),

  task(["dispute", "open"], "Challenge the output that evidence is about, if the program finds a fault in it")
    .addPositionalArgument(evidence)
    .addOption(program)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./open.ts")))
    .build(),

  task(["dispute", "move"], "Defend, move or prove: what is the account's turn, computed from the evidence")
    .addPositionalArgument(dispute)
    .addPositionalArgument(evidence)
    .addOption({
      name: "defender",
      description: "Whose game, for a challenger that plays several (default: the one with the least time)",
      defaultValue: "",
    })
    .addOption(program)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./move.ts")))
    .build(),

  task(
    ["dispute", "settle"],
    "End what can be ended: games whose clock has run out, the challenge, bonds to be released; withdraw what is kept",
  )
    .addPositionalArgument(dispute)
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./settle.ts")))
    .build(),
];
