import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { createRunner } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo } from "../../../offchain/media/interface.ts";
import { fitLadder, outputPixels } from "../../../offchain/media/ladder.ts";
import { transcode } from "../../../offchain/media/transcode.ts";
import { startChain } from "../../devnet/chain.ts";
import { Devnet, FACE_VALUE } from "../../devnet/network.ts";
import type { Made, Material } from "../failures/source.ts";
import { makeStandIn } from "../soak/stand-in.ts";
import { type Outcome, type Sent, summarize } from "./summary.ts";
import { pushSegment } from "../soak/push.ts";

export interface OverloadOptions {
  readonly dir: string;
  /** {1} Offered, as a share of the capacity. */
  readonly load: number;
  /** {s} That it is offered. */
  readonly seconds: number;
  /** {1} Among which the streams are divided, and which know nothing of each other. */
  readonly gateways: number;
  readonly signal: AbortSignal;
}

export interface OverloadModules {
  readonly network: HardhatRuntimeEnvironment["network"];
  readonly ffmpeg: FfmpegInfo;
  readonly material: Material;
}

/** {1} */
const ORCHESTRATORS = 2;
/** {1} Places of each. */
const PLACES = 3;
/** {ms} That the stand-in for ffmpeg takes for a segment. */
const SERVICE_MS = 1_000;
/** {ms} After which a segment is of no use to its viewers. */
export const DEADLINE_MS = 4_000;
/** {1/s} What the transcoders can do. It is known, and no matter of this machine. */
export const CAPACITY = (ORCHESTRATORS * PLACES * 1_000) / SERVICE_MS;
/** {1} Of the capacity: before the load, so that everybody is known, and after it. */
const CALM = 0.5;
/** {s} */
const BEFORE_S = 8;
const AFTER_S = 15;
/** {s} Of the load, which do not count: queues fill. */
export const FILLING_S = 5;
/** Different segments, which come again and again. */
const DISTINCT = 30;
const ENCODE_MS = 60_000;
const DEPOSIT = parseEther("500");
/** {1} About so many tickets win. */
const WIN_SHARE = 0.01;

/**
 * Streams of one-second segments at the speed of live ones: few, then more than can be done, then few again. Those that go on after the load are the
 * last that came with it: whoever is shed by age is among them.
 */
export async function runOverload(options: OverloadOptions, modules: OverloadModules): Promise<Outcome> {
  const { dir, load, seconds, gateways, signal } = options;
  const { network, ffmpeg, material } = modules;
  const segments: Made[] = [];
  for await (const made of material.segments(DISTINCT)) segments.push(made);
  const { info } = segments[0]!;
  const renditions = fitLadder(material.ladder, info.video);
  const encoder = join(dir, "encoder");
  await makeStandIn(encoder, ffmpeg.path, SERVICE_MS);
  const runner = createRunner({ ...ffmpeg, path: encoder });
  for (const { bytes } of segments) await transcode(runner, bytes, renditions, { timeoutMs: ENCODE_MS });
  const chain = await startChain(network, 300);
  let devnet: Devnet | undefined;
  try {
    const perMillion = BigInt(Math.round(Number(FACE_VALUE) * WIN_SHARE)) * 1_000_000n;
    devnet = await Devnet.start({
      ...{ rpcUrl: chain.rpcUrl, dir: join(dir, "nodes"), orchestrators: ORCHESTRATORS },
      ...{ faceValue: FACE_VALUE, price: perMillion / outputPixels(renditions, info.frames), deposit: DEPOSIT },
      parameters: (given) => ({ ...given, rounds: { ...given.rounds, roundLength: 300 } }),
      settings: {
        transcoder: { capacity: PLACES, benchmark: false, ffmpeg: { path: encoder } },
        broadcaster: { ffmpeg: { path: ffmpeg.path }, checks: { enabled: false } },
      },
    });
    const capacity = Math.round((CAPACITY * info.durationMs) / 1_000);
    const streams = Math.round(load * capacity);
    const calm = Math.round(CALM * capacity);
    const urls: string[] = [];
    for (let index = 0; index < gateways; index++) {
      const gateway = await devnet.startBroadcaster({
        ...{ out: join(dir, `live-${index}`), ladder: material.ladder, dataDir: join(dir, `gateway-${index}`) },
        live: { listen: { port: 0 }, streams: 2 * streams + calm, deadlineMs: DEADLINE_MS },
      });
      urls.push(String((await gateway.line("ready"))["url"]));
    }
    const sent: Sent[] = [];
    const begun = performance.now();
    const at = (second: number) => begun + 1_000 * second;
    const [loadFrom, loadUntil] = [BEFORE_S, BEFORE_S + seconds];
    await Promise.all(
      Array.from({ length: streams }, (_, index) => {
        const until = index >= streams - calm ? loadUntil + AFTER_S : loadUntil;
        const from = (index < calm ? 0 : loadFrom) + index / streams;
        const url = urls[index % gateways]!;
        return push({ url, name: `stream-${index}`, segments, from: at(from), until: at(until), begun, sent, signal });
      }),
    );
    const tickets = await Promise.all(devnet.orchestrators.map((each) => each.status()));
    return {
      ...summarize(sent, { loadFrom: loadFrom + FILLING_S, loadUntil, deadlineMs: DEADLINE_MS, capacity }),
      ...{ load, offeredPerSecond: load * CAPACITY },
      ticketsTaken: tickets.reduce((sum, status) => sum + status.tickets.received, 0),
      segmentsSold: tickets.reduce((sum, { segments: sold }) => sum + sold, 0),
    };
  } finally {
    await devnet?.close();
    await chain.close();
  }
}

interface Pushing {
  readonly url: string;
  readonly name: string;
  readonly segments: readonly Made[];
  /** {ms, of the process} */
  readonly from: number;
  readonly until: number;
  readonly begun: number;
  readonly sent: Sent[];
  readonly signal: AbortSignal;
}

/** Each segment comes when a live encoder would have it, whatever became of those before. */
async function push({ url, name, segments, from, until, begun, sent, signal }: Pushing): Promise<void> {
  const pushes: Promise<void>[] = [];
  const one = async (number: number, bytes: Buffer) => {
    const started = performance.now();
    const result = await pushSegment({ url, name, number, bytes }, signal);
    sent.push({ stream: name, atMs: started - begun, tookMs: performance.now() - started, result });
  };
  let due = from;
  for (let number = 0; due < until; number++) {
    const { bytes, info } = segments[number % segments.length]!;
    await delay(Math.max(0, due - performance.now()), undefined, { signal });
    due += info.durationMs;
    pushes.push(one(number, bytes));
  }
  await Promise.all(pushes);
  await fetch(`${url}/live/${name}`, { method: "DELETE", signal });
}
