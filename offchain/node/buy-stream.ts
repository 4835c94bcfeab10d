import type { Logger } from "pino";
import { examine } from "../media/checks/examine.ts";
import { createReference } from "../media/checks/reference.ts";
import type { FfmpegRunner, HlsWriter, Rendition, SourceSegment } from "../media/interface.ts";
import { transcode } from "../media/transcode.ts";
import { Checking } from "./checking.ts";
import { systemDraw } from "./clock.ts";
import { deliverAll } from "./delivery.ts";
import type { Gateway } from "./gateway.ts";
import { Hedging } from "./hedging.ts";
import { meteredBuyer } from "./metered.ts";
import { Patience } from "./patience.ts";
import type { RaceOptions } from "./race.ts";
import { StreamAccount } from "./stream-account.ts";

export interface StreamOrder {
  /** bytes32: names the stream in orders and receipts. */
  readonly stream: string;
  readonly renditions: readonly Rendition[];
  /** Looks at pictures. */
  readonly runner: FfmpegRunner;
  /** Read once, as fast as they can be sent. */
  readonly segments: AsyncIterable<SourceSegment>;
  readonly output: Pick<HlsWriter, "append">;
  readonly deadline: RaceOptions["deadline"];
}

/**
 * Buys every segment of a stream and gives them to its output in order. The account is complete when it resolves.
 * @throws StreamflowError ServiceNotJudged, the output's failure, or the signal's reason
 */
export async function buyStream(
  { stream, renditions, runner, segments, output, deadline }: StreamOrder,
  gateway: Gateway,
  log: Logger,
  signal: AbortSignal,
): Promise<StreamAccount> {
  const { config, choosing, load, metrics, onDisagreement } = gateway;
  const account = new StreamAccount();
  const buyer = gateway.buyer({
    ...{ stream, renditions },
    onPaid: (payment) => account.paid(payment),
    onGivenBack: (payment) => account.givenBack(payment),
  });
  await buyer.requireJudge();
  log.info({ orchestrators: choosing.market.orchestrators() }, "stream begins");
  const checking = config.checks.enabled ? openChecking(gateway, { renditions, runner }, log) : undefined;
  const { copies, compare, hedgeQuantile: quantile, hedgeShare, hedgeAfterMs: afterMs } = config.delivery;
  await deliverAll(
    refreshing(segments, () => choosing.refresh()),
    { attempts: config.attempts, copies, compare, deadline, rank: load.nextRank() },
    {
      ...{ market: choosing.market, writer: output, account, metrics, log, random: Math.random },
      buyer: meteredBuyer(buyer, metrics),
      ...{ load, patience: new Patience() },
      hedging: new Hedging({ quantile, share: hedgeShare, afterMs }, choosing.standings),
      ...(checking === undefined ? {} : { checking }),
      onDisagreement: (found) => {
        checking?.suspect(found.answers.map(({ orchestrator }) => orchestrator));
        onDisagreement?.(found);
      },
    },
    signal,
  );
  if (checking !== undefined) log.info(checking.counts, "pictures checked");
  return account;
}

function openChecking(
  { config: { checks }, choosing: { standings }, checkSeats: seats }: Gateway,
  { renditions, runner }: Pick<StreamOrder, "renditions" | "runner">,
  log: Logger,
): Checking {
  const { grayShare: gray, exactShare: exact, timeoutMs } = checks;
  const modules = { runner, transcode, isReference: createReference(runner) };
  return new Checking(
    { renditions, shares: { gray, exact }, timeoutMs },
    {
      examine: (pair, wanted, options) => examine(modules, pair, wanted, options),
      ...{ standings, seats },
      draw: systemDraw,
      log: log.child({ module: "checking" }),
    },
  );
}

/** The same segments; asking in the background begins when the first one is on its way. */
async function* refreshing(
  segments: AsyncIterable<SourceSegment>,
  refresh: () => void,
): AsyncGenerator<SourceSegment, void, undefined> {
  let isFirst = true;
  for await (const segment of segments) {
    yield segment;
    if (isFirst) refresh();
    isFirst = false;
  }
}
