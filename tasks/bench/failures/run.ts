import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { fitLadder, outputPixels } from "../../../offchain/media/ladder.ts";
import type { FfmpegInfo, Rendition } from "../../../offchain/media/interface.ts";
import { Random } from "../../../sim/engine/random.ts";
import { closeLedger } from "../../devnet/ledger.ts";
import { auditStream } from "./audit.ts";
import { Encoder, type Sent } from "./encoder.ts";
import type { Fault } from "./faults/interface.ts";
import { type Part, summarize } from "./result.ts";
import { openScene, type Scene } from "./scene.ts";
import { Schedule } from "./schedule.ts";
import type { Made, Material } from "./source.ts";

export interface RunOptions {
  /** Made before, removed afterwards by who made it. */
  readonly dir: string;
  readonly segments: number;
  readonly streams: number;
  readonly orchestrators: number;
  readonly seed: number;
  /** {1} Of the faults' own durations. */
  readonly pace: number;
  /** Whether it ends when every fault has been there once, whatever is left of the segments. */
  readonly isShort?: boolean;
  /** {s} After which no more streams begin, whatever is left of the segments; without it all are sent. */
  readonly most?: number;
  readonly signal: AbortSignal;
}

export interface RunModules {
  readonly network: HardhatRuntimeEnvironment["network"];
  readonly ffmpeg: FfmpegInfo;
  readonly material: Material;
  readonly faults: readonly Fault[];
  readonly say: (text: string) => void;
}

/** Segments of one stream, and in a short run; then another one begins in its place. */
const STREAM_SEGMENTS = 50;
const SHORT_STREAM_SEGMENTS = 25;
/** {ms}, and {1} of the tickets that win. */
const LONG = { deadlineMs: 30_000, winShare: 0.05 };
/** No measurement: a busy machine has the time to start what was killed, and some of few tickets win. */
const SHORT = { deadlineMs: 60_000, winShare: 0.5 };
const AT_ONCE = 2;
const CAPACITY = 2;
/** {ms} For all winners to be redeemed at the end. */
const REDEEM_MS = 240_000;
/** Streams of random numbers beyond the schedule's own. */
const FAULT_STREAM = 2;
const ENCODER_STREAM = 3;

/** Streams segments through a network in which something is broken all the time, and accounts for each of them. */
export async function runFailures(options: RunOptions, modules: RunModules): Promise<Part> {
  const supply = modules.material.segments(options.segments);
  try {
    return await runOn(supply, options, modules);
  } finally {
    // What is being cut must not go on when nobody reads it to its end.
    await supply.return();
  }
}

async function runOn(
  supply: ReturnType<Material["segments"]>,
  options: RunOptions,
  modules: RunModules,
): Promise<Part> {
  const { dir, segments, streams, orchestrators, seed, pace, most, signal, isShort } = options;
  const { network, ffmpeg, material, say } = modules;
  const first = await supply.next();
  if (first.done === true) throw new Error("there is nothing to stream");
  const renditions = fitLadder(material.ladder, first.value.info.video);
  const pixels = outputPixels(renditions, first.value.info.frames);
  const { deadlineMs, winShare } = isShort === true ? SHORT : LONG;
  const scene = await openScene(network, {
    ...{ dir, material, orchestrators, streams, pixels, ffmpeg },
    ...{ capacity: CAPACITY, deadlineMs, winShare },
  });
  try {
    const state: State = { kind: "none", isUnruly: false, isOver: false };
    const over = new AbortController();
    const limit = most === undefined ? undefined : setTimeout(() => (state.isOver = true), most * 1_000);
    over.signal.addEventListener("abort", () => clearTimeout(limit));
    const begun = performance.now();
    const striking = strike(scene, state, over.signal, options, modules);
    striking.catch(() => over.abort());
    const streaming = streamAll(scene, state, first.value, supply, renditions, options, say).finally(() =>
      over.abort(),
    );
    const [{ strikes, skipped }, { sent, audits, repeats }] = await Promise.all([striking, streaming]);
    const seconds = (performance.now() - begun) / 1_000;

    say(`${sent.length} segments in ${seconds.toFixed(0)} s; waiting for the last winners to be redeemed …`);
    const pending = await scene.devnet
      .redeemed(AbortSignal.any([signal, AbortSignal.timeout(REDEEM_MS)]))
      .then(() => 0)
      .catch(() => -1);
    const statuses = await Promise.all(scene.devnet.orchestrators.map((one) => one.status()));
    const paid = await scene.winners.paid(scene.devnet);
    const ledger = await closeLedger(scene.devnet, scene.opening);
    return summarize({
      ...{ material, options: { segments, streams, orchestrators, seed, pace }, seconds },
      ...{ sent, audits, repeats, strikes, skipped },
      soldTwice: scene.soldTwice(),
      deadlineMs,
      winners: {
        acknowledged: scene.winners.acknowledged,
        paid,
        waiting: pending === 0 ? 0 : statuses.reduce((sum, { tickets }) => sum + tickets.pending, 0),
        expired: statuses.reduce((sum, { tickets }) => sum + tickets.expired, 0),
        redeemed: ledger.redeemed,
        contradictions: ledger.contradictions,
      },
    });
  } finally {
    await scene.close();
  }
}

interface State {
  kind: string;
  isUnruly: boolean;
  /** No more streams begin. */
  isOver: boolean;
}

/** One fault after the other, until there is nothing to disturb any more; at the end all is well. */
async function strike(
  scene: Scene,
  state: State,
  over: AbortSignal,
  { seed, pace, isShort }: RunOptions,
  { faults: all, say }: RunModules,
): Promise<{ strikes: Map<string, number>; skipped: string[] }> {
  const isPossible = ({ isPossible: possible }: Fault) =>
    possible === undefined || scene.victims.every((victim) => possible(victim));
  const faults = all.filter(isPossible);
  const skipped = all.filter((fault) => !isPossible(fault)).map(({ kind }) => kind);
  for (const kind of skipped) say(`notice: ${kind} cannot be brought about here, and is left out`);
  const schedule = new Schedule({ seed, pace }, { faults, victims: scene.victims });
  const random = new Random(seed, FAULT_STREAM);
  const strikes = new Map<string, number>();
  const surroundings = {
    chainLine: scene.chainLine,
    setUnruly: (isUnruly: boolean) => {
      state.isUnruly = isUnruly;
    },
  };
  const begun = performance.now();
  const count = isShort === true ? faults.length : Infinity;
  for (let strike = 0; strike < count && !over.aborted; strike++) {
    const { fault, victim, seconds } = schedule.next();
    state.kind = fault.kind;
    strikes.set(fault.kind, (strikes.get(fault.kind) ?? 0) + 1);
    say(
      `${((performance.now() - begun) / 1_000).toFixed(0).padStart(5)} s  ${fault.kind.padEnd(20)} ${victim.orchestrator.name}, ${seconds.toFixed(0)} s`,
    );
    const end = await fault.begin(victim, surroundings, random);
    await delay(seconds * 1_000, undefined, { signal: over }).catch(() => undefined);
    await end();
  }
  Object.assign(state, { kind: "none", isOver: true });
  return { strikes, skipped };
}

/** As many streams at a time as asked for, until all segments are sent. Each is compared when it has ended. */
async function streamAll(
  scene: Scene,
  state: State,
  first: Made,
  supply: AsyncGenerator<Made, void, undefined>,
  renditions: readonly Rendition[],
  { segments, streams, seed, isShort, signal }: RunOptions,
  say: (text: string) => void,
) {
  const length = Math.min(isShort === true ? SHORT_STREAM_SEGMENTS : STREAM_SEGMENTS, Math.ceil(segments / streams));
  const all: Sent[] = [];
  const audits: Awaited<ReturnType<typeof auditStream>>[] = [];
  let [repeats, begun] = [0, 0];
  const waiting: Made[] = [first];
  // One at a time takes from the supply.
  let taking: Promise<unknown> = Promise.resolve();
  const take = (): Promise<Made[]> => {
    const taken = taking.then(async () => {
      const made = waiting.splice(0);
      while (made.length < length && !state.isOver) {
        const next = await supply.next();
        if (next.done === true) break;
        made.push(next.value);
      }
      return made;
    });
    taking = taken;
    return taken;
  };
  const lane = async () => {
    for (;;) {
      const made = await take();
      if (made.length === 0 || state.isOver) return;
      const name = `stream-${begun++}`;
      const encoder = new Encoder(
        { gateway: scene.url, name, atOnce: AT_ONCE },
        {
          ...{ kind: () => state.kind, isUnruly: () => state.isUnruly, signal },
          random: new Random(seed + begun, ENCODER_STREAM),
        },
      );
      const sent = await encoder.send(made);
      const ended = scene.ended(name);
      await encoder.finish();
      await ended;
      const found = await auditStream(join(scene.out, name), sent, renditions, scene.isGenuine);
      await rm(join(scene.out, name), { recursive: true });
      for (const finding of found.findings) say(`FOUND  ${name}: ${finding}`);
      all.push(...sent);
      audits.push(found);
      repeats += encoder.repeats;
    }
  };
  await Promise.all(Array.from({ length: streams }, lane));
  return { sent: all, audits, repeats };
}
