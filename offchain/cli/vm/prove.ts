import { hexlify } from "ethers";
import { startInterpreter } from "../../vm/interpreter.ts";
import { startOf } from "../../vm/start.ts";
import { encodeState, stateHash } from "../../vm/state.ts";
import { caseSchema, parseArguments, stepsSchema } from "./arguments.ts";
import { readCase } from "./case.ts";
import { advance, Progress, statusName } from "./engine.ts";

const optionsSchema = caseSchema.extend({ at: stepsSchema });

/** `streamflow vm prove`. Errors: `ArgumentInvalid` and those of `readCase`. */
export async function prove(options: unknown): Promise<void> {
  const { at, ...files } = parseArguments(optionsSchema, options);
  const { judged, program } = await readCase(files);
  const machine = startInterpreter(startOf(judged));
  const progress = new Progress(at);
  try {
    advance(machine, at, progress);
  } finally {
    progress.close();
  }
  const [state, proof] = [machine.state(), machine.proof()];
  machine.run(1);
  const witness = {
    program,
    /** A machine that has stopped before stays as it was. */
    step: state.step.toString(),
    status: statusName(state.status),
    stateHash: stateHash(state),
    state: hexlify(encodeState(state)),
    proof: hexlify(proof),
    nextStateHash: stateHash(machine.state()),
  };
  process.stdout.write(`${JSON.stringify(witness, null, 2)}\n`);
}
