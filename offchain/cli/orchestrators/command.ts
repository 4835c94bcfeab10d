import { Command } from "commander";
import { complain } from "../complain.ts";

/** `streamflow orchestrators`: what a broadcaster's node remembers of them. */
export function orchestratorsCommand(): Command {
  return new Command("orchestrators")
    .description("Show what the broadcaster of these settings knows of orchestrators, also while it is running.")
    .requiredOption("--config <file>", "JSON5 file with the broadcaster's settings")
    .option("--explain", "tell what its policy thinks of each, part by part, and whom it would choose")
    .option("--limit <number>", "show so many at most, the best first", "40")
    .option("--json", "print JSON")
    .action(async (options: unknown) => {
      try {
        const { show } = await import("./show.ts");
        await show(options);
      } catch (error) {
        complain(error);
      }
    });
}
