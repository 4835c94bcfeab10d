import { z } from "zod";
import { address, host, port, share } from "./kinds.ts";
import { chain, dataDir, disputeSettings, keyFile, logLevel, monitor, segmentPeers, traffic } from "./shared.ts";

export const watcherSchema = z.strictObject({
  logLevel,
  monitor,
  chain,
  keyFile,
  dataDir,
  orchestrators: z
    .array(address("An orchestrator."))
    .min(1)
    .max(1_000)
    .describe("Orchestrators that are defended when they are silent, e.g. those with one's own stake."),
  patience: share(0, "Share of its clock that an orchestrator has for itself before this node defends it.").default(
    0.25,
  ),
  disputes: z.strictObject({ ...disputeSettings, ...segmentPeers }).prefault({}),
  listen: z
    .strictObject({
      host: host("Address to serve bytes by their root on."),
      port: port("Port to serve them on; 0 takes a free one.").default(8936),
    })
    .prefault({}),
  traffic,
});
