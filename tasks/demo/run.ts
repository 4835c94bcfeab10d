import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SingleBar } from "cli-progress";
import { resolveFfmpeg, createRunner } from "../../offchain/media/ffmpeg.ts";
import { planIngest } from "../../offchain/media/cut.ts";
import type { FfmpegRunner, IngestPlan, InputProbe, MediaInput, Rendition } from "../../offchain/media/interface.ts";
import { DEFAULT_LADDER, fitLadder, outputPixels } from "../../offchain/media/ladder.ts";
import { probeInput } from "../../offchain/media/probe.ts";
import { streamReportSchema, type StreamReport } from "../../offchain/node/stream-report.ts";
import { closeLedger, type Ledger, openLedger } from "../devnet/ledger.ts";
import { Devnet, FACE_VALUE, PATIENT_QUOTE_MS, shareOfCores } from "../devnet/network.ts";
import { timeBareFfmpeg } from "./baseline.ts";
import { emptyOwnDirectory } from "./directory.ts";
import { generateClip } from "./input.ts";
import type { DemoReport } from "./report.ts";

export interface DemoOptions {
  /** A video file; without it one is generated. */
  readonly input: string | undefined;
  /** Length of a generated clip [s]. */
  readonly seconds: number;
  /** Everything that the demo writes goes here; what an earlier run left there is removed. */
  readonly out: string;
  readonly orchestrators: number;
  readonly realtime: boolean;
  /** Ends the demo, and every process that it started, when it fires. */
  readonly signal: AbortSignal;
}

export interface DemoModules {
  /** Starts a local chain; the answer is its JSON-RPC end point and how to end it. */
  readonly startChain: () => Promise<{ readonly rpcUrl: string; close(): Promise<void> }>;
  readonly say: (text: string) => void;
}

/** {%} Of the tickets that win, about: enough that even a short clip shows redemptions; a real node's odds follow from the price of gas. */
const WINNING = 33n;

/** Longest wait for the last redemption [ms]. */
const REDEEM_MS = 60_000;

/** Streams one clip through a network of its own and accounts for it. */
export async function runDemo(options: DemoOptions, modules: DemoModules): Promise<DemoReport> {
  const { say } = modules;
  const out = resolve(options.out);
  await emptyOwnDirectory(out);

  const ffmpeg = await resolveFfmpeg(process.env.FFMPEG_PATH === undefined ? {} : { path: process.env.FFMPEG_PATH });
  const runner = createRunner(ffmpeg);
  say(`ffmpeg      ${ffmpeg.version} (${ffmpeg.path}, x264 core ${ffmpeg.x264Core})`);
  const media = await openMedia(runner, options, out, say);
  say(
    `input       ${media.label}: ${media.probe.width}×${media.probe.height} ${media.probe.videoCodec}, sound ${media.probe.audioCodec ?? "none"}`,
  );
  say(`renditions  ${media.renditions.map(({ name, width, height }) => `${name} (${width}×${height})`).join(", ")}`);

  options.signal.throwIfAborted();
  const chain = await modules.startChain();
  let devnet: Devnet | undefined;
  try {
    devnet = await Devnet.start({
      rpcUrl: chain.rpcUrl,
      dir: join(out, "nodes"),
      orchestrators: options.orchestrators,
      faceValue: FACE_VALUE,
      price: priceFor(media, WINNING),
      settings: {
        broadcaster: { ffmpeg: { path: ffmpeg.path }, selection: { quoteMs: PATIENT_QUOTE_MS } },
        transcoder: { capacity: shareOfCores(options.orchestrators), ffmpeg: { path: ffmpeg.path } },
      },
    });
    say(
      `network     chain ${devnet.deployment.chainId} at ${chain.rpcUrl}, ${options.orchestrators} orchestrators with 10,000 LPT at stake each, a transcoder behind each\n`,
    );
    options.signal.throwIfAborted();

    const streamed = await streamAndAccount(devnet, media, options, out, say);
    const { stream, ledger, won, wallSeconds, failures } = streamed;
    const addresses = devnet.orchestrators.map(({ address }) => address);
    await devnet.close();
    devnet = undefined;
    say("\nnow bare ffmpeg, for comparison …");
    const baseline = await timeBareFfmpeg(ffmpeg, media.input, media.plan, media.renditions, join(out, "bare-ffmpeg"));

    const earnedOf = (index: number) => (ledger.earned[index] ?? 0n).toString();
    return {
      segments: stream.segments,
      renditions: media.renditions.length,
      ladder: media.renditions.map(({ name }) => name),
      deliveredPercent: stream.deliveredPercent,
      ticketsSent: stream.ticketsSent,
      ticketsWon: won,
      ticketsRedeemed: ledger.redeemed,
      broadcasterPaidWei: ledger.broadcasterPaid.toString(),
      expectedWei: stream.expectedValueWei,
      orchestrators: addresses.map((address, index) => ({
        address,
        segments: stream.orchestrators.find((entry) => entry.address === address)?.segments ?? 0,
        earnedWei: earnedOf(index),
      })),
      gasUsed: Number(ledger.gasUsed),
      mediaSeconds: stream.mediaSeconds,
      wallSeconds,
      bareFfmpegSeconds: baseline.seconds,
      ratio: wallSeconds / baseline.seconds,
      bareFfmpegCommand: baseline.command,
      ffmpeg: { path: ffmpeg.path, version: ffmpeg.version },
      failures,
    };
  } finally {
    await devnet?.close();
    await chain.close();
  }
}

export interface Media {
  readonly label: string;
  readonly file: string;
  readonly input: MediaInput;
  readonly probe: InputProbe;
  readonly plan: IngestPlan;
  readonly renditions: readonly Rendition[];
}

export async function openMedia(
  runner: FfmpegRunner,
  options: Pick<DemoOptions, "input" | "seconds" | "signal">,
  out: string,
  say: (text: string) => void,
): Promise<Media> {
  if (options.input === undefined) say(`input       generating ${options.seconds} s of picture and sound …`);
  const file = options.input === undefined ? await generateClip(runner, out, options.seconds) : resolve(options.input);
  const input = { path: file };
  const probe = await probeInput(runner.ffmpeg, input, { signal: options.signal });
  const plan = planIngest(probe);
  return {
    label: options.input ?? "generated clip",
    file,
    input,
    probe,
    plan,
    renditions: fitLadder(DEFAULT_LADDER, plan),
  };
}

/** {wei per million pixels} The price at which a segment of the usual length costs `winning` {%} of the face value. */
export function priceFor({ probe, plan, renditions }: Media, winning: bigint): bigint {
  const frames = Math.max(1, Math.round(((probe.frameRate ?? 30) * plan.segmentMs) / 1000));
  return (FACE_VALUE * 1_000_000n * winning) / (100n * outputPixels(renditions, frames));
}

/** A stream that is over, and what the chain says about it. */
export interface Streamed {
  readonly stream: StreamReport;
  readonly ledger: Ledger;
  /** {1} Tickets. */
  readonly won: number;
  readonly wallSeconds: number;
  /** What was not as it should be; empty when all is well. */
  readonly failures: readonly string[];
}

/** Streams a clip, waits until every winning ticket is redeemed, and compares all accounts. */
export async function streamAndAccount(
  devnet: Devnet,
  media: Media,
  options: Pick<DemoOptions, "realtime" | "signal">,
  out: string,
  say: (text: string) => void,
): Promise<Streamed> {
  const opening = await openLedger(devnet);
  const begun = performance.now();
  const { report, failures } = await streamClip(devnet, media, options, out, say);
  const limit = AbortSignal.timeout(REDEEM_MS);
  const wins = await devnet.redeemed(AbortSignal.any([options.signal, limit])).catch((cause: unknown) => {
    if (!limit.aborted) throw cause;
    throw new Error(`not every winning ticket was redeemed after ${REDEEM_MS / 1_000} s`, { cause });
  });
  const won = wins.reduce((sum, count) => sum + count, 0);
  const wallSeconds = (performance.now() - begun) / 1000;
  const ledger = await closeLedger(devnet, opening);
  return {
    ...{ stream: report, ledger, won, wallSeconds },
    failures: [
      ...failures,
      ...report.missing.map((sequence) => `segment ${sequence} is missing`),
      ...(won === ledger.redeemed ? [] : [`${won} tickets won, ${ledger.redeemed} were redeemed on chain`]),
      ...ledger.contradictions,
    ],
  };
}

async function streamClip(
  devnet: Devnet,
  media: Media,
  options: Pick<DemoOptions, "realtime" | "signal">,
  out: string,
  say: (text: string) => void,
): Promise<{ report: StreamReport; failures: string[] }> {
  const file = join(out, "stream.json");
  const bar = new SingleBar({
    format:
      "streaming [{bar}] {percentage} % | {media} s of {length} s | {segments} segments | tickets: {won} won, {redeemed} redeemed",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: false,
  });
  const length = (media.probe.durationMs ?? 0) / 1000;
  const shown = { media: 0, segments: 0, won: 0, redeemed: 0, length: length.toFixed(1) };
  const draw = () => bar.update(Math.min(length, shown.media), { ...shown, media: shown.media.toFixed(1) });
  for (const { process: orchestrator } of devnet.orchestrators) {
    orchestrator.onLine(({ msg }) => {
      if (msg === "ticket won") shown.won++;
      else if (msg === "ticket redeemed") shown.redeemed++;
      else return;
      draw();
    });
  }
  bar.start(Math.max(length, 0.1), 0, { ...shown, media: "0.0" });

  const broadcaster = await devnet.startBroadcaster({
    input: media.file,
    out: join(out, "hls"),
    report: file,
    realtime: options.realtime,
  });
  // The bar draws itself on terminals only.
  if (!process.stdout.isTTY) say("streaming …");
  const stop = () => void broadcaster.close();
  options.signal.addEventListener("abort", stop);
  broadcaster.onLine((line) => {
    if (line.msg !== "segment delivered") return;
    shown.media += Number(line.durationMs) / 1000;
    shown.segments++;
    draw();
  });
  const code = await broadcaster.exited();
  options.signal.removeEventListener("abort", stop);
  bar.stop();
  options.signal.throwIfAborted();
  if (code !== 0) await writeFile(join(out, "broadcaster-error.txt"), broadcaster.errorOutput);
  const report = await readFile(file, "utf8").catch(() => {
    throw new Error(`the broadcaster ended without a report: ${broadcaster.errorOutput.trim()}`);
  });
  return {
    report: streamReportSchema.parse(JSON.parse(report)),
    failures: code === 0 ? [] : [`the broadcaster ended with status ${code}: ${broadcaster.errorOutput.trim()}`],
  };
}
