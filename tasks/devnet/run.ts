import { join, resolve } from "node:path";
import { parseEther } from "ethers";
import { resolveFfmpeg } from "../../offchain/media/ffmpeg.ts";
import { emptyOwnDirectory } from "../demo/directory.ts";
import { Devnet, FACE_VALUE, shareOfCores } from "./network.ts";
import type { LogLine } from "./processes.ts";

export interface DevnetRunOptions {
  readonly orchestrators: number;
  /** Everything goes here; what an earlier run left there is removed. */
  readonly out: string;
  readonly port: number;
  readonly rtmpPort: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export interface DevnetRunModules {
  readonly startChain: () => Promise<{ readonly rpcUrl: string; close(): Promise<void> }>;
  readonly say: (text: string) => void;
}

/** {wei per million pixels} At which two seconds of the default ladder cost a hundredth of the face value. */
const PRICE = 600_000_000_000n;
/** {wei} Enough for days. */
const DEPOSIT = parseEther("100");

/**
 * Runs a local network with a gateway for live streams until it is told to end, and says what happens in it.
 * @returns why it ended by itself
 */
export async function runDevnet(
  { orchestrators, out, port, rtmpPort, signal }: DevnetRunOptions,
  { startChain, say }: DevnetRunModules,
): Promise<readonly string[]> {
  const dir = resolve(out);
  await emptyOwnDirectory(dir);
  const { path } = await resolveFfmpeg(process.env.FFMPEG_PATH === undefined ? {} : { path: process.env.FFMPEG_PATH });
  say("starting    a chain, the contracts, and the nodes …");
  const chain = await startChain();
  let devnet: Devnet | undefined;
  try {
    devnet = await Devnet.start({
      ...{ rpcUrl: chain.rpcUrl, dir: join(dir, "nodes"), orchestrators, faceValue: FACE_VALUE, price: PRICE },
      deposit: DEPOSIT,
      settings: {
        broadcaster: { ffmpeg: { path } },
        transcoder: { capacity: shareOfCores(orchestrators), ffmpeg: { path } },
      },
    });
    const live = { listen: { port, rtmpPort } };
    const gateway = await devnet.startBroadcaster({ out: join(dir, "live"), live });
    const ready = await gateway.line("ready");
    say(guide(String(ready["url"]), Number(ready["rtmpPort"]), `${out}/nodes/*/log.ndjson`));
    gateway.onLine((line) => {
      const text = told(line);
      if (text !== null) say(text);
    });
    for (const { name, process: orchestrator } of devnet.orchestrators) {
      orchestrator.onLine(({ msg }) => {
        if (msg === "ticket redeemed") say(`${name.padEnd(18)}a winning ticket is redeemed`);
      });
    }
    const interrupted = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => interrupted.resolve(), { once: true });
    if (signal.aborted) interrupted.resolve();
    await Promise.race([interrupted.promise, gateway.exited()]);
    signal.throwIfAborted();
    return [`the gateway ended: ${gateway.errorOutput.trim()}`];
  } finally {
    await devnet?.close();
    await chain.close();
  }
}

/** What to do with it; every line can be pasted. */
function guide(url: string, rtmpPort: number, logs: string): string {
  const rtmp = `rtmp://127.0.0.1:${rtmpPort}/live`;
  const picture = "-re -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine=frequency=330";
  const encoder = "-c:v libx264 -preset veryfast -g 60 -pix_fmt yuv420p -c:a aac";
  return [
    "",
    'Send a stream, with any name instead of "movie":',
    `  OBS and others   server ${rtmp}, stream key movie`,
    `  ffmpeg, RTMP     ffmpeg ${picture} ${encoder} -f flv ${rtmp}/movie`,
    `  ffmpeg, MPEG-TS  ffmpeg ${picture} ${encoder} -f mpegts -method POST ${url}/live/movie`,
    `  segments         curl -T 0.ts ${url}/live/movie/0.ts -H "Accept: multipart/mixed"`,
    "Watch it:",
    `  browser          ${url}/watch/movie`,
    `  any player       ${url}/stream/movie.m3u8`,
    "",
    `Nobody else can reach it. Logs: ${logs}. Ctrl-C ends it.`,
    "",
  ].join("\n");
}

/** One line for a person about what the gateway has logged; null for what is of no interest. */
function told(line: LogLine): string | null {
  const name = text(line, "name").padEnd(18);
  switch (line.msg) {
    case "live stream begins":
      return `${name}begins, renditions ${(line["renditions"] as string[]).join(", ")}`;
    case "segment missing":
      return `${name}segment ${String(line["sequence"])}: nobody delivered the renditions`;
    case "orchestrator suspended":
      return `${"".padEnd(18)}orchestrator ${text(line, "orchestrator")} is left alone: ${text(line, "code") || "late"}`;
    case "stream ended": {
      const { segments, mediaSeconds, ticketsSent, missing } = line as unknown as StreamEnd;
      return `${name}has ended: ${segments} segments, ${mediaSeconds.toFixed(1)} s, ${missing.length} missing, ${ticketsSent} tickets`;
    }
    default:
      return null;
  }
}

function text(line: LogLine, key: string): string {
  const value = line[key];
  return typeof value === "string" ? value : "";
}

interface StreamEnd {
  readonly segments: number;
  readonly mediaSeconds: number;
  readonly ticketsSent: number;
  readonly missing: readonly number[];
}
