import { ticketDomainOf, verificationDomainOf } from "../../../offchain/eth/domains.ts";
import type { Rendition, SourceSegment } from "../../../offchain/media/interface.ts";
import { PeerClient } from "../../../offchain/net/client.ts";
import { segmentRoot } from "../../../offchain/verification/root.ts";
import { SEGMENT_FRAMES } from "./clip.ts";
import { threadsMs } from "./cpu.ts";
import { withMark } from "./marks.ts";
import { type BenchNetwork, fund } from "./network.ts";
import { Session } from "./session.ts";
import type { Sizes } from "./sizes.ts";
import { standIn } from "./stand-in.ts";
import { quantile } from "./statistics.ts";

/** Segments that are under way at a time, each of another session: one reading of the CPU's clock is for all of them. */
const BATCH = 10;

export interface OverheadModules {
  readonly segments: readonly SourceSegment[];
  readonly renditions: readonly Rendition[];
  readonly prepared: ReadonlyMap<number, readonly Buffer[]>;
}

export type Overhead = Awaited<ReturnType<typeof measureOverhead>>;

/** Has many broadcasters send segments to one orchestrator, and tells what its process uses for one. */
export async function measureOverhead(
  { sessions: count, sold, warmUp }: Pick<Sizes, "sessions" | "sold" | "warmUp">,
  { segments, renditions, prepared }: OverheadModules,
  network: BenchNetwork,
) {
  const { devnet } = network;
  const orchestrator = devnet.orchestrators[0]!;
  const { pid } = orchestrator.process;
  if (pid === undefined) throw new Error("the orchestrator does not run");
  const client = new PeerClient();
  const disconnect = await standIn(orchestrator, { prepared, delayOf: () => 0 }, network);
  try {
    const options = {
      ...{ orchestrator, renditions, frames: SEGMENT_FRAMES },
      ...{ tickets: ticketDomainOf(devnet.deployment), orders: verificationDomainOf(devnet.deployment) },
    };
    const sessions = Array.from({ length: count }, () => new Session(options, { client }));
    await fund(
      network,
      sessions.map(({ address }) => address),
    );
    for (const session of sessions) await session.open();

    const own: number[] = [];
    const hashing: number[] = [];
    const batches = Math.ceil(sold / BATCH);
    for (let batch = 0; batch < warmUp.batches + batches; batch++) {
      const media = Array.from({ length: BATCH }, (_, i) => {
        const mark = batch * BATCH + i;
        return withMark(segments[mark % segments.length]!.bytes, mark);
      });
      const before = threadsMs(pid);
      await Promise.all(media.map((bytes, i) => sessions[(batch * BATCH + i) % count]!.buy(bytes)));
      const used = threadsMs(pid) - before;
      if (batch < warmUp.batches) continue;
      own.push(used / BATCH);
      hashing.push(hashingMs(media, segments, prepared) / BATCH);
    }
    const { segments: delivered } = await orchestrator.status();
    if (delivered < sold) throw new Error(`${delivered} of ${sold} segments were sold`);
    const ms = (value: number) => Number(value.toFixed(2));
    return {
      p50Ms: ms(quantile(own, 0.5) - quantile(hashing, 0.5)),
      withHashing: { p50Ms: ms(quantile(own, 0.5)), p99Ms: ms(quantile(own, 0.99)) },
      hashingP50Ms: ms(quantile(hashing, 0.5)),
      ...{ sessions: count, segments: batches * BATCH, atOnce: BATCH },
      segmentBytes: Math.round(segments.reduce((sum, { bytes }) => sum + bytes.length, 0) / segments.length),
    };
  } finally {
    await disconnect();
    client.close();
  }
}

/** {ms} CPU time of this thread for what the orchestrator hashes: each source and its renditions. */
function hashingMs(
  media: readonly Buffer[],
  segments: readonly SourceSegment[],
  prepared: OverheadModules["prepared"],
): number {
  const before = process.threadCpuUsage();
  for (const [i, source] of media.entries()) {
    segmentRoot(source);
    for (const rendition of prepared.get(segments[i % segments.length]!.bytes.length)!) segmentRoot(rendition);
  }
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}
