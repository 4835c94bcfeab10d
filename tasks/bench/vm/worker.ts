// A process that runs both engines on one program; `npx hardhat bench vm` starts it. Argument: the options as JSON. Output: the results as JSON.
import { segmentRoot } from "../../../offchain/verification/root.ts";
import { type Interpreter, startInterpreter, startTranslated } from "../../../offchain/vm/interpreter.ts";
import type { Machine } from "../../../offchain/vm/machine.ts";
import { startMachine } from "../../../offchain/vm/start.ts";
import { stateHash } from "../../../offchain/vm/state.ts";
import { Trace } from "../../../offchain/vm/trace.ts";
import { measureJudging } from "./judging.ts";
import { optionsSchema, type WorkerResult } from "./result.ts";
import { startWorkload } from "./workload.ts";

const SOURCE_BYTES = 2 ** 20;
const SEGMENT_BYTES = 2 ** 24;
/** Turns in which the engines take part, so that what slows the machine slows both. */
const TURNS = 9;
const REFERENCE_STEPS = 200_000;
const FAST_STEPS = 40_000_000;
const AOT_STEPS = 100_000_000;
/** Parts into which a round divides a run. */
const PARTS = 16;

/** {1 per CPU second} */
function rateOf(count: number, run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (count * 1e6) / (user + system);
}

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** In millions. */
function summarize(all: readonly number[], digits: number): { median: number; min: number; max: number } {
  const sorted = [...all].sort((a, b) => a - b).map((rate) => round(rate / 1e6, digits));
  return { median: sorted[sorted.length >> 1]!, min: sorted[0]!, max: sorted.at(-1)! };
}

/** {s} by the clock. */
function secondsOf(run: () => unknown): number {
  const before = performance.now();
  run();
  return (performance.now() - before) / 1_000;
}

/** All engines where the workload starts. */
function engines(): { aot: Interpreter; fast: Interpreter; reference: Machine } {
  const start = startWorkload(SOURCE_BYTES);
  return { aot: startTranslated(start), fast: startInterpreter(start), reference: startMachine(start) };
}

function advance(machine: Machine, steps: number): void {
  for (let i = 0; i < steps; i += 1) machine.step();
}

function measureRates(): WorkerResult["spread"] {
  const { aot, fast, reference } = engines();
  // They agree, and V8 has compiled all.
  advance(reference, REFERENCE_STEPS);
  for (const engine of [fast, aot]) {
    engine.run(REFERENCE_STEPS);
    if (stateHash(engine.state()) !== stateHash(reference.state())) throw new Error("the engines differ");
    engine.run(FAST_STEPS);
  }

  const segment = new Uint8Array(SEGMENT_BYTES).map((_, i) => i ^ (i >> 9));
  const rates: Record<keyof WorkerResult["spread"], number[]> = {
    reference: [],
    fast: [],
    aot: [],
    segmentRootMBps: [],
  };
  for (let turn = 0; turn < TURNS; turn += 1) {
    rates.reference.push(rateOf(REFERENCE_STEPS, () => advance(reference, REFERENCE_STEPS)));
    rates.fast.push(rateOf(FAST_STEPS, () => fast.run(FAST_STEPS)));
    rates.aot.push(rateOf(AOT_STEPS, () => aot.run(AOT_STEPS)));
    rates.segmentRootMBps.push(rateOf(SEGMENT_BYTES, () => segmentRoot(segment)));
  }
  return {
    reference: summarize(rates.reference, 3),
    fast: summarize(rates.fast, 1),
    aot: summarize(rates.aot, 1),
    segmentRootMBps: summarize(rates.segmentRootMBps, 0),
  };
}

/** Steps of one round: where the parts of `length` steps from `from` on end. */
function roundOf(from: number, length: number): bigint[] {
  return Array.from({ length: PARTS }, (_, i) => BigInt(from + Math.floor((length * (i + 1)) / PARTS)));
}

async function bench(steps: number): Promise<WorkerResult> {
  const spread = measureRates();
  const { mips, percent, transcodingCpuSeconds, ...counts } = await measureJudging();
  const trace = new Trace(startWorkload(SOURCE_BYTES));
  const before = process.cpuUsage();
  const first = secondsOf(() => trace.hashesAt(roundOf(0, steps)));
  const { user, system } = process.cpuUsage(before);
  const part = Math.floor(steps / PARTS);
  const second = secondsOf(() => trace.hashesAt(roundOf(9 * part, part)));
  const witness = secondsOf(() => trace.witnessAt(BigInt(9 * part + Math.floor(part / 2) + 1)));
  return {
    mips: {
      reference: spread.reference.median,
      fast: spread.fast.median,
      aot: spread.aot.median,
      timesReference: Math.round(spread.fast.median / spread.reference.median),
    },
    judgeCpuPercentOfTranscoding: round(percent.steady, 2),
    judging: {
      cpuPercentWithStart: round(percent.withStart, 2),
      mips: { fast: round(mips.fast), aot: round(mips.aot) },
      ...counts,
      transcodingCpuSeconds: round(transcodingCpuSeconds),
    },
    segmentRootMBps: spread.segmentRootMBps.median,
    firstAnswerSeconds: round(first),
    firstAnswerCpuSeconds: round((user + system) / 1e6),
    secondAnswerSeconds: round(second, 2),
    witnessSeconds: round(witness, 3),
    memoryMb: {
      process: round(process.resourceUsage().maxRSS / 1_000),
      checkpoints: round(trace.checkpointBytes / 1e6),
    },
    steps,
    sourceBytes: SOURCE_BYTES,
    spread,
    shareOfCore: round((user + system) / 1e6 / first, 2),
  };
}

const { steps } = optionsSchema.parse(JSON.parse(process.argv[2] ?? ""));
process.stdout.write(JSON.stringify(await bench(steps)));
