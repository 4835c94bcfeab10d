import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type BaseWallet, Wallet } from "ethers";
import { pino } from "pino";
import { broadcasterSchema } from "../../../offchain/config/schema.ts";
import { seededRandom } from "../../../offchain/discovery/selection/random.ts";
import { createRunner } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo, Rendition, SourceSegment } from "../../../offchain/media/interface.ts";
import { parseSegment } from "../../../offchain/media/mpegts.ts";
import { buyStream } from "../../../offchain/node/buy-stream.ts";
import { openGateway } from "../../../offchain/node/gateway.ts";
import { withMark } from "./marks.ts";
import { type BenchNetwork, fund } from "./network.ts";
import type { Sizes } from "./sizes.ts";
import { standIn } from "./stand-in.ts";
import { quantile } from "./statistics.ts";

/** {ms} What a segment takes, within a fifth, and when an orchestrator is slow. */
const USUAL_MS = 300;
const SLOW_MS = 3_000;
/** {1} Share of its segments with which the slow one is slow. */
const SLOW_SHARE = 0.05;
/** {ms} Between two segments. */
const PACE_MS = 500;

export interface HedgingModules {
  readonly ffmpeg: FfmpegInfo;
  /** Of one picture size, with what stands in for its renditions. */
  readonly segments: readonly SourceSegment[];
  readonly renditions: readonly Rendition[];
  readonly prepared: ReadonlyMap<number, readonly Buffer[]>;
}

export type Hedged = Awaited<ReturnType<typeof measureHedging>>;

/** Two broadcasters stream the same segments at the same time, one hedges. The first orchestrator is slow at random, and preferred: it is their own. */
export async function measureHedging(
  { hedged: count, seed }: Pick<Sizes, "hedged" | "seed">,
  modules: HedgingModules,
  network: BenchNetwork,
) {
  const closers = await Promise.all(
    network.devnet.orchestrators.map((orchestrator, index) => {
      const delays = delaysOf(count, seed + index, index === 0 ? SLOW_SHARE : 0);
      return standIn(orchestrator, { prepared: modules.prepared, delayOf: (mark) => delays[mark]! }, network);
    }),
  );
  try {
    const wallets = [Wallet.createRandom(), Wallet.createRandom()] as const;
    await fund(
      network,
      wallets.map(({ address }) => address),
    );
    const [on, off] = await Promise.all([
      stream({ name: "hedged", delivery: {}, wallet: wallets[0] }, { count, seed }, modules, network),
      stream(
        { name: "unhedged", delivery: { hedgeQuantile: 1 }, wallet: wallets[1] },
        { count, seed },
        modules,
        network,
      ),
    ]);
    const of = ({ times, tickets }: { times: number[]; tickets: number }) => ({
      p50Seconds: seconds(quantile(times, 0.5)),
      p99Seconds: seconds(quantile(times, 0.99)),
      tickets,
    });
    const result = { hedged: of(on), unhedged: of(off) };
    return {
      ...{ p99Ratio: Number((result.hedged.p99Seconds / result.unhedged.p99Seconds).toFixed(3)), ...result },
      ...{ segments: count, usualMs: USUAL_MS, slowMs: SLOW_MS, slowShare: SLOW_SHARE, paceMs: PACE_MS, seed },
    };
  } finally {
    await Promise.all(closers.map((close) => close()));
  }
}

const seconds = (ms: number) => Number((ms / 1_000).toFixed(3));

/** {ms} By the segment's number: the same for both broadcasters. */
function delaysOf(count: number, seed: number, slowShare: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const [isSlow, jitter] = [random() < slowShare, 0.8 + 0.4 * random()];
    return (isSlow ? SLOW_MS : USUAL_MS) * jitter;
  });
}

/** The answer is how long {ms} each segment took from when it came until it was given to the output, and how many tickets were paid. */
async function stream(
  { name, delivery, wallet }: { readonly name: string; readonly delivery: object; readonly wallet: BaseWallet },
  { count, seed }: { readonly count: number; readonly seed: number },
  { ffmpeg, segments, renditions }: HedgingModules,
  network: BenchNetwork,
): Promise<{ times: number[]; tickets: number }> {
  const { dir, chain } = network;
  const keyFile = join(dir, `${name}.key`);
  await writeFile(keyFile, `${wallet.privateKey}\n`, { mode: 0o600 });
  const config = broadcasterSchema.parse({
    ...{ chain, keyFile, dataDir: join(dir, name), out: join(dir, `${name}-hls`), delivery },
    selection: {
      maximumPrice: "1000000000000000",
      judgedOnly: true,
      seed,
      own: [network.devnet.orchestrators[0]!.address],
    },
    // The stand-in's pictures are honest work; what is measured is who delivers when.
    checks: { enabled: false },
  });
  const log = pino({ level: "silent" });
  const { signal } = new AbortController();
  const gateway = await openGateway(config, { patient: false }, log, signal);
  const came: number[] = [];
  const times: number[] = [];
  async function* paced(): AsyncGenerator<SourceSegment, void, undefined> {
    const begun = performance.now();
    for (let sequence = 0; sequence < count; sequence++) {
      await delay(Math.max(0, begun + sequence * PACE_MS - performance.now()));
      const bytes = withMark(segments[sequence % segments.length]!.bytes, sequence);
      came.push(performance.now());
      yield { sequence, bytes, info: parseSegment(bytes) };
    }
  }
  try {
    const account = await buyStream(
      {
        stream: `0x${Buffer.from(name).toString("hex").padStart(64, "0")}`,
        ...{ renditions, runner: createRunner(ffmpeg), segments: paced() },
        output: {
          append: ({ sequence }) => {
            times.push(performance.now() - came[sequence]!);
            return Promise.resolve();
          },
        },
        deadline: { ms: config.delivery.deadlineMs, from: "arrival" },
      },
      gateway,
      log,
      signal,
    );
    if (account.missing > 0) throw new Error(`${account.missing} segments are missing`);
    return { times, tickets: account.ticketsSent };
  } finally {
    await gateway.close();
  }
}
