import type { PolicyOptions } from "./redemption-policy.ts";

// Imports nothing that runs: settings take their defaults from here before any library is loaded.

/** Gas as it is measured behind the proxy, rounded up; a batch's tickets come from everywhere in a round. */
export const DEFAULT_POLICY: PolicyOptions = {
  gas: { single: 58_000n, batch: 50_000n, payer: 16_000n, ticket: 7_500n, claim: 100_000n, settle: 60_000n },
  margin: 0.25,
  patience: 0.25,
  negligible: 10n ** 15n,
  gather: 600_000,
  batchSize: 250,
  claimDefaults: true,
};

/** See `RedeemerOptions`. */
export const DEFAULT_TIMING = {
  pollInterval: 5_000,
  maxInFlight: 8,
  confirmations: 10,
  replaceAfter: 5,
  timeout: 120_000,
  backoff: 1_000,
  maxBackoff: 300_000,
} as const;
