import { z } from "zod";
import { hexSchema } from "../../pm/schema.ts";
import { REGION_BYTES } from "../../verification/root.ts";
import { transcoderNameSchema } from "../credentials.ts";
import { helloSchema, workSchema } from "../protocol.ts";

/** First part of every key and channel in Redis; the queue's name is the second. */
export const PREFIX = "streamflow";

/** On this channel a queue's transcoders say that they are there. */
export const presenceChannel = (queue: string): string => `${PREFIX}:${queue}:transcoders`;

/** On this channel front ends say of which pieces of work nobody waits any more, by their id. */
export const cancelledChannel = (queue: string): string => `${PREFIX}:${queue}:cancelled`;

/** The name of a piece of work, new for each. */
export const jobIdSchema = z.uuid();

/** What stands in Redis of a piece of work: which it is and who has it, never bytes, and no address. */
export const jobSchema = z.strictObject({
  /** Number of the front end that sold it. */
  frontEnd: z.int().min(0).max(255),
  /** Of its source. */
  root: hexSchema(32),
  length: z.int().min(1).max(REGION_BYTES),
  /** {ms, Unix} By the front end's clock. */
  deadline: z.int().min(0),
});
export type JobData = z.infer<typeof jobSchema>;

/** Transcoder to front ends, again and again: it is there. */
export const presenceSchema = helloSchema.pick({ speed: true, encoders: true }).extend({
  name: transcoderNameSchema,
  /** 0: it takes no more. */
  capacity: z.int().min(0).max(256),
});
export type Presence = z.infer<typeof presenceSchema>;

/** Front end to transcoder, beside the source. */
export const orderedWorkSchema = workSchema.pick({ renditions: true, timeoutMs: true });
