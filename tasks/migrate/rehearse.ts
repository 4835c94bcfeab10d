import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { simulate } from "../../deploy/governance/simulate.ts";
import type { Played, SimulateOptions, Simulation } from "../../deploy/governance/simulate.ts";
import { administratorOf } from "../../deploy/hand-over.ts";
import type { Scenario } from "../scenarios/interface.ts";
import { SUITES } from "../scenarios/index.ts";
import type { SuiteName } from "../scenarios/index.ts";
import { play } from "../scenarios/play.ts";
import { World } from "../scenarios/world.ts";
import { TaskError } from "../common/failure.ts";
import { print } from "../common/output.ts";
import { onCopy } from "./fork.ts";

export interface RehearseArguments {
  /** Name of a suite. */
  readonly suite: string;
  readonly json: boolean;
}

/** Simulates on a copy of the chain, with a suite; tells each scenario when it is over. */
export async function rehearse(
  hre: HardhatRuntimeEnvironment,
  options: Omit<SimulateOptions, "provider" | "suite">,
  { suite, json }: RehearseArguments,
  onExecuted: (executed: Pick<Simulation, "calls" | "changes">) => void = () => undefined,
): Promise<Simulation> {
  const scenarios = suiteOf(suite);
  const { deployment, parameters } = options;
  const { account: administrator } = administratorOf(deployment, parameters);
  return onCopy(hre, (copy) =>
    simulate({
      ...options,
      ...copy,
      suite: (executed) => {
        onExecuted(executed);
        if (!json && scenarios.length > 0) print(`${scenarios.length} scenarios on tomorrow's protocol:`);
        return play(new World({ ...copy, deployment, administrator }), scenarios, json ? undefined : tell);
      },
    }),
  );
}

/** @throws TaskError */
function suiteOf(name: string): readonly Scenario[] {
  if (!Object.hasOwn(SUITES, name))
    throw new TaskError(`${name} is no suite; there are ${Object.keys(SUITES).join(", ")}`);
  return SUITES[name as SuiteName];
}

const tell = ({ scenario, problem, seconds }: Played): void =>
  print(`  ${problem === null ? "works" : "FAILS"} ${seconds.toFixed(1).padStart(6)} s  ${scenario}`);
