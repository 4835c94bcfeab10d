import { z } from "zod";

export const optionsSchema = z.strictObject({
  /** The store's file. */
  path: z.string(),
  tickets: z.int().positive(),
  senders: z.int().positive(),
});
export type Options = z.infer<typeof optionsSchema>;

const ratesSchema = z.strictObject({ median: z.number(), min: z.number(), max: z.number() });
/** Per CPU second. */
export type Rates = z.infer<typeof ratesSchema>;

export const workerResultSchema = z.strictObject({
  curve: z.enum(["native", "wasm"]),
  receive: ratesSchema,
  sign: ratesSchema,
  /** Recovery of the signer alone: no pipeline around it can be faster. */
  recover: ratesSchema,
  ethers: ratesSchema,
  winners: z.int(),
  /** {MB} After each tenth of the tickets. */
  memoryMb: z.array(z.number()),
});
export type WorkerResult = z.infer<typeof workerResultSchema>;
