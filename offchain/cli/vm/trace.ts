import { z } from "zod";
import { StreamflowError } from "../../errors.ts";
import { ARITY } from "../../verification/game/interface.ts";
import { type Interpreter, startInterpreter } from "../../vm/interpreter.ts";
import { startOf } from "../../vm/start.ts";
import { stateHash, Status } from "../../vm/state.ts";
import { caseSchema, MAX_STEP, parseArguments, stepsSchema } from "./arguments.ts";
import { readCase } from "./case.ts";
import { advance, Progress, statusName } from "./engine.ts";

/** {1} Most states of one command. */
const MOST = 100_000;
/** {1} Of a list about 2^64 steps. */
const MAX_DEPTH = 16;

const optionsSchema = caseSchema
  .extend({
    at: z
      .string()
      .transform((text) => text.split(","))
      .pipe(z.array(stepsSchema).max(MOST))
      .optional(),
    every: stepsSchema.refine((steps) => steps > 0n, "not above 0").optional(),
    list: z
      .string()
      .regex(/^\d{1,2}$/, `not a number from 1 to ${MAX_DEPTH}`)
      .transform(Number)
      .refine((depth) => depth >= 1 && depth <= MAX_DEPTH, `not a number from 1 to ${MAX_DEPTH}`)
      .optional(),
    json: z.boolean().default(false),
  })
  .refine(
    ({ at, every, list }) => [at, every, list].filter((one) => one !== undefined).length === 1,
    "say one of --at, --every and --list",
  );

interface Traced {
  readonly step: bigint;
  readonly stateHash: string;
}

/** `streamflow vm trace`. Errors: `ArgumentInvalid` and those of `readCase`. */
export async function trace(options: unknown): Promise<void> {
  const { at, every, list, json, ...files } = parseArguments(optionsSchema, options);
  const { judged, program } = await readCase(files);
  const machine = startInterpreter(startOf(judged));
  const states = every === undefined ? statesAt(machine, at ?? listSteps(list!)) : statesToEnd(machine, every);
  const [status, end] = [statusName(machine.status), machine.registers().step];
  if (json) {
    const wire = states.map(({ step, stateHash }) => ({ step: step.toString(), stateHash }));
    process.stdout.write(`${JSON.stringify({ program, status, steps: end.toString(), states: wire })}\n`);
    return;
  }
  const width = Math.max(...states.map(({ step }) => step.toString().length));
  for (const { step, stateHash } of states) {
    process.stdout.write(`${step.toString().padStart(width)}  ${stateHash}\n`);
  }
  process.stdout.write(`${status} after ${end.toLocaleString("en")} steps\n`);
}

/** Each step once, in ascending order. A machine that has stopped stays as it is. */
function statesAt(machine: Interpreter, steps: readonly bigint[]): Traced[] {
  const sorted = [...new Set(steps)].sort((a, b) => (a < b ? -1 : 1));
  const progress = new Progress(sorted.at(-1)!);
  try {
    return sorted.map((step) => {
      advance(machine, step, progress);
      return { step, stateHash: stateHash(machine.state()) };
    });
  } finally {
    progress.close();
  }
}

/** The last one is that in which the machine stops. */
function statesToEnd(machine: Interpreter, every: bigint): Traced[] {
  const states: Traced[] = [];
  const progress = new Progress(MAX_STEP);
  try {
    for (let step = 0n; states.length < MOST; step += every) {
      const reached = advance(machine, step, progress);
      states.push({ step: reached, stateHash: stateHash(machine.state()) });
      if (machine.status !== Status.running) return states;
    }
  } finally {
    progress.close();
  }
  throw new StreamflowError("ArgumentInvalid", `--every: the run has more than ${MOST} such states`);
}

/** Where the states of a list are. */
function listSteps(depth: number): bigint[] {
  const part = BigInt(ARITY) ** BigInt(depth - 1);
  return Array.from({ length: ARITY + 1 }, (_, i) => BigInt(i) * part);
}
