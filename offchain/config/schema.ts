import type { z } from "zod";
import { broadcasterSchema } from "./schema/broadcaster.ts";
import { orchestratorSchema } from "./schema/orchestrator.ts";
import { redemptionSchema } from "./schema/redemption.ts";
import { transcoderSchema } from "./schema/transcoder.ts";
import { watcherSchema } from "./schema/watcher.ts";

export { broadcasterSchema, orchestratorSchema, redemptionSchema, transcoderSchema, watcherSchema };

/**
 * The settings of each role. A setting is written once, in `schema/`: its description becomes the help text of its flag and the comment in the
 * annotated example, its default the value shown there. Amounts are decimal strings so that a file, an environment and a flag can all carry
 * them exactly; they are bigints after parsing.
 */
export const SCHEMAS = {
  orchestrator: orchestratorSchema,
  broadcaster: broadcasterSchema,
  transcoder: transcoderSchema,
  watcher: watcherSchema,
} as const;

export type Role = keyof typeof SCHEMAS;
export type OrchestratorConfig = z.infer<typeof orchestratorSchema>;
export type BroadcasterConfig = z.infer<typeof broadcasterSchema>;
export type RedemptionConfig = z.infer<typeof redemptionSchema>;
export type WatcherConfig = z.infer<typeof watcherSchema>;
export type TranscoderConfig = z.infer<typeof transcoderSchema>;
