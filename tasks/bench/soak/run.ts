import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { fitLadder, outputPixels } from "../../../offchain/media/ladder.ts";
import { createRunner } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo } from "../../../offchain/media/interface.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import { startChain } from "../../devnet/chain.ts";
import { Devnet, FACE_VALUE } from "../../devnet/network.ts";
import type { RoleProcess } from "../../devnet/processes.ts";
import type { Made, Material } from "../failures/source.ts";
import { makeStandIn } from "./stand-in.ts";
import { type Course, courseOf, type Vitals, vitalsOf } from "./vitals.ts";
import { pushSegment } from "./push.ts";

export interface SoakOptions {
  readonly dir: string;
  readonly minutes: number;
  readonly streams: number;
  readonly orchestrators: number;
  /** Whether each segment is transcoded by ffmpeg itself, and none copied. */
  readonly isReal: boolean;
  readonly signal: AbortSignal;
}

export interface SoakModules {
  readonly network: HardhatRuntimeEnvironment["network"];
  readonly ffmpeg: FfmpegInfo;
  readonly material: Material;
  readonly say: (text: string) => void;
}

/** One process over the run. */
export interface Life {
  readonly name: string;
  /** {bytes} The least in each fifth: what is alive. */
  readonly alive: Course;
  /** {bytes} */
  readonly resident: Course;
  /** The least in each fifth: connections that wait for a slow machine come and go. */
  readonly handles: Course;
}

export interface Soak {
  readonly segments: number;
  readonly delivered: number;
  /** Answered without renditions: nobody delivered in time. */
  readonly missing: number;
  /** That the gateway did not take. */
  readonly refused: number;
  readonly tookMs: { readonly median: number; readonly p99: number; readonly longest: number };
  readonly processes: readonly Life[];
}

/** Different segments of each stream, which come again and again. */
const DISTINCT = 60;
/** {ms} */
const ENCODE_MS = 60_000;
/** {ms} */
const SAMPLE_MS = 5_000;
const CAPACITY = 4;
/** {wei} */
const DEPOSIT = parseEther("500");
/** {1} About so many tickets win. */
const WIN_SHARE = 0.01;
/** {bytes} */
const MEMORY_SLACK = 16 * 2 ** 20;
const HANDLE_SLACK = 8;
/** V8's young generation grows to its whole size, twice 64 MiB, at some time within an hour. From the start, what grows later is the node's. */
const WHOLE_YOUNG_GENERATION = ["--min-semi-space-size=64"];
/** As docs/guides/observing.md says to run nodes: glibc gives memory back, and keeps it in two places only. */
const ALLOCATOR = { MALLOC_ARENA_MAX: "2", MALLOC_MMAP_THRESHOLD_: "131072", MALLOC_TRIM_THRESHOLD_: "262144" };
/** {s} */
const ROUND_SECONDS = 300;

/** Streams at the speed of live ones, many at a time, and looks at what the processes take. */
export async function runSoak(options: SoakOptions, modules: SoakModules): Promise<Soak> {
  const { dir, minutes, streams, orchestrators, isReal } = options;
  const { network, ffmpeg, material, say } = modules;
  const segments: Made[] = [];
  for await (const made of material.segments(DISTINCT)) segments.push(made);
  const { info } = segments[0]!;
  const count = Math.ceil((minutes * 60_000) / info.durationMs);
  const renditions = fitLadder(material.ladder, info.video);
  const encoder = isReal ? ffmpeg.path : join(dir, "encoder");
  if (!isReal) {
    await makeStandIn(encoder, ffmpeg.path);
    const runner = createRunner({ ...ffmpeg, path: encoder });
    for (const { bytes } of segments) await transcode(runner, bytes, renditions, { timeoutMs: ENCODE_MS });
  }
  const chain = await startChain(network, ROUND_SECONDS);
  let devnet: Devnet | undefined;
  try {
    const monitors = new Map<string, string>();
    const perMillion = BigInt(Math.round(Number(FACE_VALUE) * WIN_SHARE)) * 1_000_000n;
    devnet = await Devnet.start({
      ...{ rpcUrl: chain.rpcUrl, dir: join(dir, "nodes"), orchestrators },
      ...{ faceValue: FACE_VALUE, price: perMillion / outputPixels(renditions, info.frames), deposit: DEPOSIT },
      parameters: (given) => ({ ...given, rounds: { ...given.rounds, roundLength: ROUND_SECONDS } }),
      settings: {
        transcoder: { capacity: CAPACITY, ffmpeg: { path: encoder }, monitor: { port: 0 } },
        broadcaster: { ffmpeg: { path: ffmpeg.path }, monitor: { port: 0 } },
        orchestrator: { monitor: { port: 0 } },
      },
      nodeOptions: WHOLE_YOUNG_GENERATION,
      environment: ALLOCATOR,
      onLine: (name, { msg, url }) => {
        if (msg === "monitoring") monitors.set(name, String(url));
      },
    });
    const gateway = await devnet.startBroadcaster({
      ...{ out: join(dir, "live"), ladder: material.ladder },
      live: { listen: { port: 0 }, streams: 2 * streams },
    });
    const url = String((await gateway.line("ready"))["url"]);
    const processes: RoleProcess[] = [
      gateway,
      ...devnet.orchestrators.flatMap(({ process, transcoder }) => [process, transcoder]),
    ];
    // Whichever ends first ends the other: who sends is done, or a process has ended.
    const over = new AbortController();
    const end = () => over.abort();
    say(`${streams} streams of ${count} segments each, ${processes.length} processes`);
    const signal = AbortSignal.any([options.signal, over.signal]);
    const [samples, sent] = await Promise.all([
      watch(processes, monitors, over.signal).finally(end),
      sendAll(url, { segments, count }, { ...options, signal }, say).finally(end),
    ]);
    const times = sent.times.sort((a, b) => a - b);
    const at = (share: number) => Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0);
    return {
      ...{ segments: sent.times.length + sent.missing + sent.refused, delivered: sent.times.length },
      ...{ missing: sent.missing, refused: sent.refused },
      tookMs: { median: at(0.5), p99: at(0.99), longest: at(1) },
      processes: processes.map(({ name }, index) => ({
        name,
        alive: courseOf(
          samples.map((sample) => sample[index]!.objects),
          MEMORY_SLACK,
          "least",
        ),
        resident: courseOf(
          samples.map((sample) => sample[index]!.resident),
          MEMORY_SLACK,
        ),
        handles: courseOf(
          samples.map((sample) => sample[index]!.handles),
          HANDLE_SLACK,
          "least",
        ),
      })),
    };
  } finally {
    await devnet?.close();
    await chain.close();
  }
}

/** What each process took, every few seconds. Rejects when one has ended. */
async function watch(
  processes: readonly RoleProcess[],
  monitors: ReadonlyMap<string, string>,
  over: AbortSignal,
): Promise<Vitals[][]> {
  const samples: Vitals[][] = [];
  while (!over.aborted) {
    samples.push(await Promise.all(processes.map(({ name, pid }) => vitalsOf(pid ?? 0, monitors.get(name) ?? ""))));
    await delay(SAMPLE_MS, undefined, { signal: over }).catch(() => undefined);
  }
  return samples;
}

/** Each stream's segments come when a live encoder would have them, whatever became of those before. */
async function sendAll(
  url: string,
  { segments, count }: { readonly segments: readonly Made[]; readonly count: number },
  { streams, signal }: SoakOptions,
  say: (text: string) => void,
): Promise<{ times: number[]; missing: number; refused: number }> {
  const result = { times: [] as number[], missing: 0, refused: 0 };
  const push = async (name: string, number: number, bytes: Buffer) => {
    const begun = performance.now();
    const became = await pushSegment({ url, name, number, bytes }, signal);
    if (became === "delivered") result.times.push(performance.now() - begun);
    else if (became === "source only") result.missing++;
    else result.refused++;
  };
  const stream = async (index: number) => {
    const name = `stream-${index}`;
    const pushes: Promise<void>[] = [];
    let due = performance.now() + (index / streams) * segments[0]!.info.durationMs;
    for (let number = 0; number < count; number++) {
      const { bytes, info } = segments[number % segments.length]!;
      await delay(Math.max(0, due - performance.now()), undefined, { signal });
      due += info.durationMs;
      pushes.push(push(name, number, bytes));
      if (index === 0 && number % 30 === 29) {
        const { times, missing, refused } = result;
        say(
          `${Math.round((number * info.durationMs) / 1_000)} s: ${times.length} delivered, ${missing} missing, ${refused} refused`,
        );
      }
    }
    await Promise.all(pushes);
    await fetch(`${url}/live/${name}`, { method: "DELETE", signal });
  };
  await Promise.all(Array.from({ length: streams }, (_, index) => stream(index)));
  return result;
}
