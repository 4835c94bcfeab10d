import { Command } from "commander";
import { complain } from "../complain.ts";

/** What a command gets: its options as they were typed, not yet checked. */
type Action = (options: unknown) => Promise<void>;

/** `streamflow vm`: runs judging programs as a dispute would. */
export function vmCommand(): Command {
  const vm = new Command("vm").description("Run a judging program on a segment: its verdict, states and proofs.");
  about(vm.command("run"), async () => (await import("./run.ts")).run)
    .description("Run to the end, and tell the verdict.")
    .option("--steps <number>", "stop after so many steps, such as 1000 or 2^20")
    .option("--json", "print JSON");
  about(vm.command("trace"), async () => (await import("./trace.ts")).trace)
    .description("Tell the hashes of states, as the lists of a dispute have them.")
    .option("--at <steps>", "after these numbers of steps, such as 0,100,2^20")
    .option("--every <number>", "after each so many steps, to the end of the run")
    .option("--list <depth>", "of a list about 16^depth steps: at the beginning and at the ends of its 16 parts")
    .option("--json", "print JSON");
  about(vm.command("prove"), async () => (await import("./prove.ts")).prove)
    .description("Print what a contract needs to execute one step, as JSON: the state before it, and the proof.")
    .requiredOption("--at <step>", "after so many steps, such as 1000 or 2^20");
  return vm;
}

/** Adds the options that say what is judged. */
function about(command: Command, load: () => Promise<Action>): Command {
  return command
    .requiredOption(
      "--program <ELF>",
      "file of a program for the machine, or the name of one of our own: checksum, structure, pixels",
    )
    .option("--parameters <file>", "what both parties agreed on; for structure also as .json, with the fields of LIP-7")
    .option("--source <file>", "the source segment")
    .option("--output <file>", "the output segment")
    .option("--output-index <number>", "which of the receipt's outputs it is, from 0", "0")
    .action(async (options: unknown) => {
      try {
        await (
          await load()
        )(options);
      } catch (error) {
        complain(error);
      }
    });
}
