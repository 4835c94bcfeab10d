import { z } from "zod";
import { describeFinding, type Finding } from "../../verification/structure/findings.ts";
import { decodeReport } from "../../verification/structure/judge.ts";
import { startInterpreter } from "../../vm/interpreter.ts";
import { HEAP } from "../../vm/layout.ts";
import { startOf } from "../../vm/start.ts";
import { stateHash, Status, type Verdict, verdictName } from "../../vm/state.ts";
import { caseSchema, MAX_STEP, parseArguments, stepsSchema } from "./arguments.ts";
import { type NamedCase, readCase } from "./case.ts";
import { advance, Progress, statusName } from "./engine.ts";

const optionsSchema = caseSchema.extend({ steps: stepsSchema.default(MAX_STEP), json: z.boolean().default(false) });

/** How a run ended. */
interface Ending {
  readonly program: string;
  readonly status: keyof typeof Status;
  /** What the program said; without an end it is void, and so is a number without a meaning. */
  readonly verdict: keyof typeof Verdict;
  readonly verdictWord: number;
  /** {1} */
  readonly steps: bigint;
  readonly stateHash: string;
  /** {s} */
  readonly seconds: number;
  /** Of the structure program. */
  readonly finding: Finding | null;
}

/** `streamflow vm run`. Errors: `ArgumentInvalid` and those of `readCase`. */
export async function run(options: unknown): Promise<void> {
  const { steps, json, ...files } = parseArguments(optionsSchema, options);
  const ending = runToEnd(await readCase(files), steps);
  process.stdout.write(json ? `${JSON.stringify({ ...ending, steps: ending.steps.toString() })}\n` : textOf(ending));
}

function runToEnd({ judged, program, isStructure }: NamedCase, most: bigint): Ending {
  const machine = startInterpreter(startOf(judged));
  const progress = new Progress(most);
  const started = performance.now();
  try {
    advance(machine, most, progress);
  } finally {
    progress.close();
  }
  const seconds = (performance.now() - started) / 1_000;
  const state = machine.state();
  const report = Array.from(machine.memory.words.subarray(HEAP / 4, HEAP / 4 + 8));
  return {
    program,
    status: statusName(state.status),
    verdict: state.status === Status.running ? "void" : verdictName(state.verdict),
    verdictWord: state.verdict,
    steps: state.step,
    stateHash: stateHash(state),
    seconds,
    finding: isStructure ? decodeReport(report, state.status === Status.halted).finding : null,
  };
}

function textOf({ program, status, verdict, verdictWord, steps, stateHash, seconds, finding }: Ending): string {
  const speed = Number(steps) / 1e6 / seconds;
  const rows = [
    ["program", program],
    ["verdict", verdict === "void" ? `void (${verdictWord})` : verdict],
    ["status", status],
    ["steps", steps.toLocaleString("en")],
    ["state", stateHash],
    ["speed", `${speed.toFixed(0)} million steps/s, ${seconds.toFixed(2)} s`],
    ...(finding === null ? [] : [["finding", describeFinding(finding)]]),
  ];
  return rows.map(([name, value]) => `${name!.padEnd(8)} ${value}\n`).join("");
}
