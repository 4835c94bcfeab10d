import { Command, Option } from "commander";
import { loadConfig } from "../config/load.ts";
import { SCHEMAS, type Role } from "../config/schema.ts";
import { settingsOf, type Setting } from "../config/settings.ts";
import { createLog } from "../observability/log.ts";
import type { Service } from "../node/service.ts";
import { complain } from "./complain.ts";
import { orchestratorsCommand } from "./orchestrators/command.ts";
import { poolCommand } from "./pool/command.ts";
import { vmCommand } from "./vm/command.ts";

const SUMMARIES: Readonly<Record<Role, string>> = {
  orchestrator: "Sell transcoding: quote, take segments with tickets, hand them to transcoders, redeem winners.",
  broadcaster: "Stream an input: cut it, buy its transcoding segment by segment, write HLS.",
  transcoder: "Do the ffmpeg work for an orchestrator.",
  watcher: "Refute wrong challenges for orchestrators that are silent.",
};

/** A role that has ended is gone after this time at the latest [ms]. */
const EXIT_MS = 1_000;

function optionOf(setting: Setting): Option {
  const name =
    setting.kind === "boolean"
      ? `${setting.flag} [true|false]`
      : `${setting.flag} <${setting.kind === "json" ? "json" : setting.kind}>`;
  const shown = setting.defaultValue === undefined ? "" : ` (default: ${JSON.stringify(setting.defaultValue)})`;
  return new Option(name, `${setting.description}${shown}`);
}

/** commander's camel-cased keys back to the flags that they came from. */
function flagsOf(settings: readonly Setting[], command: Command): Record<string, string | boolean | undefined> {
  return Object.fromEntries(
    settings.map(({ flag }) => {
      const key = new Option(flag).attributeName();
      return [flag, command.getOptionValue(key) as string | boolean | undefined];
    }),
  );
}

async function start(
  role: Role,
  configFile: string | undefined,
  flags: Record<string, string | boolean | undefined>,
  signal: AbortSignal,
): Promise<Service> {
  const sources = { file: configFile, environment: process.env, flags };
  switch (role) {
    case "orchestrator": {
      const config = await loadConfig(role, sources);
      const { startOrchestrator } = await import("../node/orchestrator.ts");
      return startOrchestrator(config, createLog(role, config.logLevel), signal);
    }
    case "broadcaster": {
      const config = await loadConfig(role, sources);
      const { startBroadcaster } = await import("../node/broadcaster.ts");
      return startBroadcaster(config, createLog(role, config.logLevel));
    }
    case "transcoder": {
      const config = await loadConfig(role, sources);
      const { startTranscoder } = await import("../node/transcoder.ts");
      return startTranscoder(config, createLog(role, config.logLevel));
    }
    case "watcher": {
      const config = await loadConfig(role, sources);
      const { startWatcher } = await import("../node/watcher.ts");
      return startWatcher(config, createLog(role, config.logLevel));
    }
  }
}

/** Runs a role until it ends by itself or is told to; its exit status is 0 only when it did what it was asked. */
async function runRole(
  role: Role,
  configFile: string | undefined,
  flags: Record<string, string | boolean | undefined>,
): Promise<void> {
  let service: Service | undefined;
  const stop = new AbortController();
  const close = () => {
    if (stop.signal.aborted) return process.exit(130);
    stop.abort();
    void service?.close();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, close);
  // A supervisor that started this process with a channel takes it along when it dies.
  process.on("disconnect", close);

  try {
    service = await start(role, configFile, flags, stop.signal);
    if (stop.signal.aborted) await service.close();
    await service.done;
  } catch (error) {
    // Told to end before it had begun: that is no failure.
    if (error !== stop.signal.reason) complain(error);
  } finally {
    await service?.close();
    process.off("disconnect", close);
    if (process.connected) process.disconnect();
    // Everything is closed; a socket that a library forgot must not keep a finished role alive.
    setTimeout(() => process.exit(), EXIT_MS).unref();
  }
}

function build(): Command {
  const program = new Command("streamflow").description("A node of the Streamflow network.").showHelpAfterError();
  for (const role of Object.keys(SCHEMAS) as Role[]) {
    const settings = settingsOf(SCHEMAS[role]);
    const command = program
      .command(role)
      .description(SUMMARIES[role])
      .option(
        "--config <file>",
        `JSON5 file with the settings; offchain/config/examples/${role}.json5 explains them all`,
      );
    for (const setting of settings) command.addOption(optionOf(setting));
    command.action((options: { config?: string }) => runRole(role, options.config, flagsOf(settings, command)));
  }
  return program.addCommand(orchestratorsCommand()).addCommand(poolCommand()).addCommand(vmCommand());
}

export async function run(argv: readonly string[]): Promise<void> {
  await build().parseAsync(argv);
}
