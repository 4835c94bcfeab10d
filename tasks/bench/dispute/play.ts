import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Case } from "../../../offchain/vm/start.ts";
import type { Orders } from "../../devnet/dispute-agent.ts";
import { CLOCK, DisputeScene } from "../../devnet/disputes.ts";
import type { LogLine, RoleProcess } from "../../devnet/processes.ts";
import { tellGame } from "../../devnet/rounds.ts";
import type { DisputeResult, Played, Taken } from "./result.ts";
import { stepBoundOf, workloadOf } from "./workload.ts";

type Side = Orders["side"];
/** What each says when it knows that the dispute is over, by who has won. */
const LAST_WORDS: Record<Side, Record<Side, string>> = {
  challenger: {
    challenger: "challenge won: the orchestrator was at fault",
    defender: "challenge sustained: the orchestrator was slashed",
  },
  defender: { challenger: "challenge lost: it was refuted", defender: "challenge refuted" },
};

export interface PlayOptions {
  /** {1} Least of each run. */
  readonly steps: number;
  /** {pixels} Of the pictures that are compared. */
  readonly width: number;
  readonly height: number;
  /** {ms} How often an agent looks for a new block. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Two disputes, each played by two processes of which one lies. @throws the signal's reason; Error when who is right has lost */
export async function playBoth(
  network: HardhatRuntimeEnvironment["network"],
  options: PlayOptions,
): Promise<Omit<DisputeResult, "goal" | "ranOn">> {
  const { honest, faulty, steps } = workloadOf(options.steps, options);
  const scene = await DisputeScene.start(network, honest.program);
  try {
    const challenger = await play(scene, faulty, "challenger", options);
    const defender = await play(scene, honest, "defender", options);
    const [sourceBytes, outputBytes] = [honest.source.length, honest.output.length];
    return { steps, sourceBytes, outputBytes, pollMs: options.pollMs, challenger, defender };
  } finally {
    await scene.close();
  }
}

async function play(
  scene: DisputeScene,
  judged: Case,
  right: Side,
  { pollMs, signal, say }: PlayOptions,
): Promise<Played> {
  const liar = right === "challenger" ? "defender" : "challenger";
  const signed = await scene.sign(judged, { stepBound: stepBoundOf(judged) });
  await scene.keep(signed);
  await scene.accuse(signed);
  const game = tellGame(scene, liar, say, signal);
  game.catch(() => undefined);
  const begun = performance.now();
  const start = (side: Side): RoleProcess => scene.startAgent(side, { isLiar: side === liar, pollMs });
  const processes = { challenger: start("challenger"), defender: start("defender") };
  try {
    const over = (["challenger", "defender"] as const).map((side) =>
      processes[side].line(LAST_WORDS[right][side], signal),
    );
    for (const each of over) each.catch(() => undefined);
    const { lists, winner, isTimedOut, transactions } = await Promise.race([game, endOf(processes)]);
    if (winner !== right) throw new Error(`the ${winner} has won, and the ${right} is right`);
    // Nobody else has defended it: it can be settled when the time for that is over.
    if (right === "challenger") await scene.pass(CLOCK + 1);
    await Promise.all(over);
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    return {
      seconds,
      lists,
      end: isTimedOut ? "timeout" : "proof",
      transactions,
      challenger: await closeAndMeasure(processes.challenger),
      defender: await closeAndMeasure(processes.defender),
    };
  } finally {
    await Promise.all(Object.values(processes).map((each) => each.close()));
  }
}

/** Rejects when one of them has ended. */
async function endOf(processes: Record<Side, RoleProcess>): Promise<never> {
  const all = Object.values(processes);
  const ended = await Promise.race(all.map((each) => each.exited().then(() => each)));
  throw new Error(`the ${ended.name} has ended: ${ended.errorOutput}`);
}

async function closeAndMeasure(agent: RoleProcess): Promise<Taken> {
  const last = agent.line("ended");
  await agent.close();
  const { cpuSeconds, peakBytes } = (await last) as LogLine & { cpuSeconds: number; peakBytes: number };
  return { cpuSeconds: Math.round(cpuSeconds * 10) / 10, memoryMb: Math.round(peakBytes / 2 ** 20) };
}
