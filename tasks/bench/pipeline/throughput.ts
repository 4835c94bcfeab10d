import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FfmpegInfo } from "../../../offchain/media/interface.ts";
import { streamReportSchema } from "../../../offchain/node/stream-report.ts";
import { timeBareFfmpeg } from "../../demo/baseline.ts";
import type { Devnet } from "../../devnet/network.ts";
import type { Clip } from "./clip.ts";
import { endedChildrenSeconds, treeSeconds } from "./cpu.ts";
import type { BenchNetwork } from "./network.ts";
import type { Sizes } from "./sizes.ts";
import { median, spread } from "./statistics.ts";

/** {ms} Longest wait for the last redemption. */
const REDEEM_MS = 60_000;

/** One turn of both; all in seconds. */
interface Round {
  readonly wall: number;
  readonly cpu: { readonly broadcaster: number; readonly orchestrators: number; readonly transcoders: number };
  /** Of this process, in which the chain is. */
  readonly chainCpu: number;
  readonly bareWall: number;
  readonly bareCpu: number;
}

export type Throughput = Awaited<ReturnType<typeof measureThroughput>>;

/** Streams the clip through the network and through bare ffmpeg in turn. */
export async function measureThroughput(
  { rounds, warmUp }: Pick<Sizes, "rounds" | "warmUp">,
  { clip, ffmpeg }: { readonly clip: Clip; readonly ffmpeg: FfmpegInfo },
  network: BenchNetwork,
) {
  const bareDir = join(network.dir, "bare-ffmpeg");
  const measured: Round[] = [];
  // A broadcaster looks at more pictures of orchestrators that it hardly knows.
  for (let round = 0; round < warmUp.rounds; round++) await streamOnce(clip, network, round);
  for (let round = warmUp.rounds; round < warmUp.rounds + rounds; round++) {
    const path = await streamOnce(clip, network, round);
    const before = endedChildrenSeconds();
    const bare = await timeBareFfmpeg(ffmpeg, { path: clip.file }, clip.plan, clip.renditions, bareDir);
    measured.push({ ...path, bareWall: bare.seconds, bareCpu: endedChildrenSeconds() - before });
  }
  const total = ({ cpu }: Round) => cpu.broadcaster + cpu.orchestrators + cpu.transcoders;
  const wallRatios = measured.map(({ wall, bareWall }) => wall / bareWall);
  const cpuRatios = measured.map((round) => total(round) / round.bareCpu);
  const of = (value: (round: Round) => number) => Number(median(measured.map(value)).toFixed(2));
  return {
    ffmpeg: ffmpeg.version,
    clipSeconds: clip.seconds,
    wallRatio: spread(wallRatios, 3),
    cpuRatio: spread(cpuRatios, 3),
    wallSeconds: of(({ wall }) => wall),
    bareWallSeconds: of(({ bareWall }) => bareWall),
    cpuSeconds: {
      total: of(total),
      broadcaster: of(({ cpu }) => cpu.broadcaster),
      orchestrators: of(({ cpu }) => cpu.orchestrators),
      transcoders: of(({ cpu }) => cpu.transcoders),
      bare: of(({ bareCpu }) => bareCpu),
      chain: of(({ chainCpu }) => chainCpu),
    },
    rounds: measured.map((round) => ({
      wall: Number(round.wall.toFixed(2)),
      bareWall: Number(round.bareWall.toFixed(2)),
      cpu: Number(total(round).toFixed(2)),
      bareCpu: Number(round.bareCpu.toFixed(2)),
    })),
  };
}

async function streamOnce(
  { file, renditions, seconds }: Clip,
  { dir, devnet }: BenchNetwork,
  round: number,
): Promise<Omit<Round, "bareWall" | "bareCpu">> {
  const report = join(dir, `report-${round}.json`);
  const before = { children: endedChildrenSeconds(), own: process.cpuUsage(), ...cpuOf(devnet) };
  const begun = performance.now();
  const broadcaster = await devnet.startBroadcaster({
    ...{ input: file, out: join(dir, `hls-${round}`), report },
    // Nothing is bought that no program judges.
    selection: { maximumPrice: "1000000000000000", judgedOnly: true },
  });
  const code = await broadcaster.exited();
  const wall = (performance.now() - begun) / 1_000;
  if (code !== 0) throw new Error(`the broadcaster ended with ${code}: ${broadcaster.errorOutput}`);
  await devnet.redeemed(AbortSignal.timeout(REDEEM_MS));
  const after = cpuOf(devnet);
  const { user, system } = process.cpuUsage(before.own);
  const cpu = {
    broadcaster: endedChildrenSeconds() - before.children,
    orchestrators: after.orchestrators - before.orchestrators,
    transcoders: after.transcoders - before.transcoders,
  };

  const { segments, missing, ticketsSent, ...account } = streamReportSchema.parse(
    JSON.parse(await readFile(report, "utf8")),
  );
  if (missing.length > 0 || segments === 0 || ticketsSent < segments || account.renditions.length !== renditions.length)
    throw new Error(
      `of ${seconds} s, ${segments} segments were streamed with ${ticketsSent} tickets; missing: ${missing.join(", ")}`,
    );
  return { wall, cpu, chainCpu: (user + system) / 1e6 };
}

function cpuOf(devnet: Devnet) {
  const sum = (pids: readonly (number | undefined)[]) =>
    pids.reduce<number>((total, pid) => total + treeSeconds(pid!), 0);
  return {
    orchestrators: sum(devnet.orchestrators.map((one) => one.process.pid)),
    transcoders: sum(devnet.orchestrators.map((one) => one.transcoder.pid)),
  };
}
