import { z } from "zod";
import { DEFAULT_POLICY, DEFAULT_TIMING } from "../../pm/redemption-defaults.ts";
import { ratio, share } from "./kinds.ts";

/** How winners are redeemed, by the node itself or by hand. */
export const redemptionSchema = z.strictObject({
  margin: share(
    0.01,
    "Share of a winner's life, or of the time until its broadcaster may withdraw, at the end of which it is redeemed whatever gas costs, below its face value.",
  ).default(DEFAULT_POLICY.margin),
  patience: share(
    0,
    "A new winner waits until gas is as cheap as in this share of the last blocks; the older it is, the less it asks for. 1 waits for no price.",
  ).default(DEFAULT_POLICY.patience),
  negligible: ratio(
    0,
    "A winner whose redemption costs no more than this share of its face value does not wait for cheaper gas.",
  ).prefault(Number(DEFAULT_POLICY.negligible) / 1e18),
  gatherMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .describe(
      `How long a winner waits for others to share a transaction with; without it ${DEFAULT_POLICY.gather}, on a local chain 0 [ms].`,
    )
    .optional(),
  batchSize: z
    .int()
    .min(1)
    .max(1_000)
    .default(DEFAULT_POLICY.batchSize)
    .describe("Most winners in one transaction; so many wait for no others."),
  maximumInFlight: z
    .int()
    .min(1)
    .max(64)
    .default(DEFAULT_TIMING.maxInFlight)
    .describe("Transactions that are sent and in no block yet, at most."),
  confirmations: z
    .int()
    .min(0)
    .max(10_000)
    .describe(
      `Blocks on top of a redemption after which it counts as final; without it ${DEFAULT_TIMING.confirmations}, on a local chain 0.`,
    )
    .optional(),
  replaceAfter: z
    .int()
    .min(1)
    .max(1_000)
    .default(DEFAULT_TIMING.replaceAfter)
    .describe("Blocks after which a transaction that is in none is replaced by one that pays more."),
  claimDefaults: z
    .boolean()
    .default(DEFAULT_POLICY.claimDefaults)
    .describe(
      "Present winners that their broadcaster cannot pay as defaults, in time, so that it loses its penalty escrow if it does not pay after all.",
    ),
});
