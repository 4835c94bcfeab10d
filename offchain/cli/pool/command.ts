import { Command } from "commander";
import { complain } from "../complain.ts";

/** `streamflow pool`: who may work for an orchestrator. */
export function poolCommand(): Command {
  const pool = new Command("pool").description(
    "Say which transcoders may join an orchestrator's pool. A running orchestrator reads the file again by itself.",
  );
  about(pool.command("add"), async () => (await import("./credentials.ts")).add)
    .argument("<name>", "of the transcoder: a-z, 0-9, _ and -")
    .description("Make a credential, and print its secret: it is kept nowhere else.");
  about(pool.command("remove"), async () => (await import("./credentials.ts")).remove)
    .argument("<name>", "of the transcoder")
    .description("Revoke a credential: its transcoder is disconnected, and its work done by others.");
  about(pool.command("list"), async () => (await import("./credentials.ts")).list).description("Print the names.");
  return pool;
}

/** What a command gets; `list` has no name. */
type Action = (file: string, name: string) => Promise<void>;

function about(command: Command, load: () => Promise<Action>): Command {
  return command
    .requiredOption("--credentials <file>", "JSON file that the orchestrator's pool.credentialsFile names")
    .action(async () => {
      try {
        const { credentials } = command.opts<{ credentials: string }>();
        await (
          await load()
        )(credentials, command.args[0] ?? "");
      } catch (error) {
        complain(error);
      }
    });
}
