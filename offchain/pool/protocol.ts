import { z } from "zod";
import { HARDWARE_ENCODERS } from "../media/hardware.ts";
import { renditionSchema } from "../media/ladder.ts";
import { CATALOGUE, type ErrorCode } from "../errors.ts";

/**
 * The messages between an orchestrator and a transcoder, over one WebSocket. A message is a text frame with a JSON header, followed by as many binary
 * frames as the header's `parts` says. The transcoder opens the connection and shows its own secret as a bearer token, so it needs no open port.
 */
const id = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** {pixel/s} As `Speed`. */
const pixelsPerSecond = z.int().min(1).max(1e12);

/** First message of a transcoder. Without `speed` it has not measured itself. */
export const helloSchema = z.strictObject({
  type: z.literal("hello"),
  capacity: z.int().min(1).max(256),
  speed: z.strictObject({ single: pixelsPerSecond, full: pixelsPerSecond }).nullable(),
  /** In hardware; it uses the first for what is fast. For the orchestrator's operator to see. */
  encoders: z.array(z.enum(HARDWARE_ENCODERS)).max(HARDWARE_ENCODERS.length),
  parts: z.literal(0),
});

/**
 * Transcoder to orchestrator: it wants to leave. It gets no more work, answers what it has and what was on its way, and is then disconnected
 * with close code 1000.
 */
export const drainingSchema = z.strictObject({ type: z.literal("draining"), parts: z.literal(0) });

/** Orchestrator to transcoder: one part, the source segment. */
export const workSchema = z.strictObject({
  type: z.literal("work"),
  id,
  renditions: z.array(renditionSchema).min(1).max(16),
  timeoutMs: z.int().min(1).max(86_400_000),
  parts: z.literal(1),
});

/** Transcoder to orchestrator: a part per rendition, in the order asked for. */
export const resultSchema = z.strictObject({ type: z.literal("result"), id, parts: z.int().min(1).max(16) });

const codes = Object.keys(CATALOGUE) as [ErrorCode, ...ErrorCode[]];
export const failureSchema = z.strictObject({
  type: z.literal("failure"),
  id,
  code: z.enum(codes),
  detail: z.string().max(2_000),
  parts: z.literal(0),
});

/** Orchestrator to transcoder: nobody waits for this work any more. */
export const cancelSchema = z.strictObject({ type: z.literal("cancel"), id, parts: z.literal(0) });

export const fromTranscoderSchema = z.discriminatedUnion("type", [
  helloSchema,
  drainingSchema,
  resultSchema,
  failureSchema,
]);
export const fromOrchestratorSchema = z.discriminatedUnion("type", [workSchema, cancelSchema]);

export type FromTranscoder = z.infer<typeof fromTranscoderSchema>;
export type FromOrchestrator = z.infer<typeof fromOrchestratorSchema>;

/** Largest frame that either side accepts [bytes]. */
export const MAX_FRAME_BYTES = 67_108_864;
