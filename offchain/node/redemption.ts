import type { RedemptionConfig } from "../config/schema.ts";
import { AccountAdapter } from "../eth/account.ts";
import type { RedemptionChain } from "../eth/chain.ts";
import { isLocalChain } from "../eth/keys.ts";
import { RedemptionAdapter } from "../eth/redemptions.ts";
import { GasPrice } from "../pm/gas-price.ts";
import type { WinnerStore } from "../pm/interface.ts";
import { DEFAULT_POLICY, DEFAULT_TIMING } from "../pm/redemption-defaults.ts";
import { TicketRedeemer, type RedeemerEvent } from "../pm/redeemer.ts";
import { systemClock, systemRandomness } from "./clock.ts";

/** {block} What the gas price is judged by: some hours of the main chain. */
const GAS_WINDOW = 1_024;

export interface RedemptionModules {
  readonly chain: RedemptionChain;
  readonly store: WinnerStore;
  readonly onEvent: (event: RedeemerEvent) => void;
}

export interface Redemption {
  readonly redeemer: TicketRedeemer;
  readonly gasPrice: GasPrice;
}

/** The redeemer of a store's winners on a chain, as the node runs it. It does nothing until it is told. */
export function openRedemption(
  { pollMs, ...settings }: RedemptionConfig & { readonly pollMs: number },
  { chain, store, onEvent }: RedemptionModules,
): Redemption {
  // A local chain has no reorganisations, and whoever watches it does not want to wait for company.
  const isLocal = isLocalChain(chain.chainId);
  const {
    margin,
    patience,
    negligible,
    batchSize,
    claimDefaults,
    replaceAfter,
    maximumInFlight: maxInFlight,
  } = settings;
  const gather = settings.gatherMs ?? (isLocal ? 0 : DEFAULT_POLICY.gather);
  const account = new AccountAdapter({ chain });
  const gasPrice = new GasPrice({ window: GAS_WINDOW }, account);
  const redeemer = new TicketRedeemer(
    {
      pollInterval: pollMs,
      maxInFlight,
      confirmations: settings.confirmations ?? (isLocal ? 0 : DEFAULT_TIMING.confirmations),
      replaceAfter,
      policy: { margin, patience, negligible, gather, batchSize, claimDefaults },
    },
    {
      store,
      broker: new RedemptionAdapter({ chain }),
      account,
      gasPrice,
      clock: systemClock,
      randomness: systemRandomness,
      onEvent,
    },
  );
  return { redeemer, gasPrice };
}
