import { DEFAULT_LADDER } from "../../../offchain/media/ladder.ts";
import { shareOfCores } from "../../devnet/network.ts";
import { measureQuotes, type Quotes } from "../quotes/measure.ts";
import type { FfmpegInfo } from "../../../offchain/media/interface.ts";
import { type Clip, makeClip, SEGMENT_FRAMES, segmentsOf } from "./clip.ts";
import { type Hedged, measureHedging } from "./hedging.ts";
import { type Live, measureLive } from "./live.ts";
import { type BenchNetwork, findFfmpeg, type PipelineModules, priceAt, withNetwork } from "./network.ts";
import { measureOverhead, type Overhead } from "./overhead.ts";
import { prepareRenditions } from "./prepare.ts";
import type { Sizes } from "./sizes.ts";
import { measureThroughput, type Throughput } from "./throughput.ts";

export const PARTS = ["throughput", "live", "hedging", "overhead", "quotes"] as const;
export type Part = (typeof PARTS)[number];

export interface Measured {
  readonly throughput: Throughput;
  readonly live: Live;
  readonly hedging: Hedged;
  readonly overhead: Overhead;
  readonly quotes: Quotes;
}

/** {1} Segments for one winner: with ffmpeg, so that each round has a few; without, as a node's own odds bring. */
const ODDS = 10n;
const LONG_ODDS = 1_000n;
/** {s} Of the clip whose segments are used again and again. */
const FEW_SECONDS = 8;
const SMALL = "426x240";

/** The parts that are asked for, one after the other: nothing else may use the processor meanwhile. */
export async function measure(
  parts: ReadonlySet<Part>,
  sizes: Sizes,
  modules: PipelineModules,
): Promise<Partial<Measured>> {
  const { say } = modules;
  const ffmpeg = await findFfmpeg();
  const measured: { -readonly [P in Part]?: Measured[P] } = {};
  /** A run that fails later has told what it had. */
  const keep = <P extends Part>(part: P, result: Measured[P]): void => {
    measured[part] = result;
    say(`${part} ${JSON.stringify(result)}`);
  };
  const transcoding = async (network: BenchNetwork): Promise<void> => {
    const clip = await makeClip(ffmpeg, network.dir, sizes);
    if (parts.has("throughput")) {
      say("streaming through the network and through bare ffmpeg in turn …");
      keep("throughput", await measureThroughput(sizes, { clip, ffmpeg }, network));
    }
    if (parts.has("live")) {
      say("pushing live segments, and taking orchestrators away …");
      keep("live", await measureLive(sizes, { clip, segments: await segmentsOf(ffmpeg, clip) }, network));
    }
  };
  const standingIn = async (network: BenchNetwork): Promise<void> => {
    if (parts.has("hedging")) {
      say("streaming with and without hedging …");
      // Small: who delivers when does not depend on it.
      const prepared = await prepare(
        ffmpeg,
        await makeClip(ffmpeg, network.dir, { size: SMALL, seconds: FEW_SECONDS }),
      );
      keep("hedging", await measureHedging(sizes, { ffmpeg, ...prepared }, network));
    }
    if (parts.has("overhead")) {
      say("selling to many sessions …");
      const prepared = await prepare(
        ffmpeg,
        await makeClip(ffmpeg, network.dir, { size: sizes.size, seconds: FEW_SECONDS }),
      );
      keep("overhead", await measureOverhead(sizes, prepared, network));
    }
  };

  if (parts.has("throughput") || parts.has("live"))
    await withNetwork(
      { orchestrators: 2, price: ladderPrice(ODDS), settings: { transcoder: { capacity: shareOfCores(2) } } },
      modules,
      transcoding,
    );
  if (parts.has("hedging") || parts.has("overhead"))
    await withNetwork({ orchestrators: 3, price: ladderPrice(LONG_ODDS) }, modules, standingIn);
  if (parts.has("quotes")) {
    say("choosing among many orchestrators …");
    keep("quotes", await measureQuotes(sizes.quoting));
  }
  return measured;
}

async function prepare(ffmpeg: FfmpegInfo, clip: Clip) {
  const { renditions } = clip;
  const segments = await segmentsOf(ffmpeg, clip);
  return { segments, renditions, prepared: await prepareRenditions(ffmpeg, segments, renditions) };
}

/** Of a segment of two seconds of 16:9. */
function ladderPrice(odds: bigint): bigint {
  const sizes = DEFAULT_LADDER.map(({ shortSide }) => ({
    width: Math.round((shortSide * 16) / 18) * 2,
    height: shortSide,
  }));
  return priceAt(odds, sizes, SEGMENT_FRAMES);
}
