import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MaxUint256, parseEther, toQuantity } from "ethers";
import { give } from "../../../deploy/governance/obedient.ts";
import { developmentWallet } from "../../../offchain/eth/keys.ts";
import { STRUCTURE_PROGRAM } from "../../../offchain/verification/agreement.ts";
import { SERVICE } from "../../devnet/accounts.ts";
import { RoleProcess, shiftedClock } from "../../devnet/processes.ts";
import type { Scenario } from "../interface.ts";
import { enough } from "../contracts/stage.ts";
import type { World } from "../world.ts";
import type { Orders } from "./child.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** {wei LPT} More than all accounts of the nodes bond, beside what orchestrators need. */
const TOKENS = parseEther("1000000");
/** {round} From now until stake that is bonded in the meantime is active. */
const ACTIVE_AFTER = 3n;
/** {1} Blocks whose fees nodes look at, at most. The copy cannot tell those of the original together with its own. */
const FEE_BLOCKS = 1_024;
/** {ms} Between blocks. */
const BLOCK_MS = 1_000;
const INTERRUPTS = ["SIGINT", "SIGTERM"] as const;

/** What the node's own processes do, over HTTP and with a real ffmpeg. */
export const NODE_SCENARIOS: readonly Scenario[] = [
  scenarioOf("stream", "nodes stream a clip, and every winning ticket is redeemed"),
  scenarioOf("spoilt", "nodes find spoilt work, prove it and have its orchestrator slashed"),
];

function scenarioOf(name: Orders["scenario"], says: string): Scenario {
  return {
    name: says,
    run: async (world, step) => {
      const shift = await step("the work is judged, and there is money", () => prepare(world));
      await step("processes of the node", () => inProcess(world, name, shift));
    },
  };
}

/** Gives the account from which all money comes what it needs, and has work judged. {s} How far the nodes' clocks have to be ahead. */
async function prepare(world: World): Promise<number> {
  await world.provider.send("hardhat_mine", [toQuantity(FEE_BLOCKS)]);
  const bank = developmentWallet(0).address;
  await give(world.provider, bank);
  await world.mint(bank, TOKENS + 4n * (await enough(world)));
  const registry = world.at("ServiceRegistry");
  const { proxy } = world.deployment.contracts.DisputeGame;
  const approval = await registry.verificationAt(SERVICE, MaxUint256);
  if (approval.module !== proxy || approval.program !== STRUCTURE_PROGRAM) {
    if (approval.fromRound > (await world.round()))
      await world.administer(registry, registry.interface.encodeFunctionData("cancelVerification", [SERVICE]));
    const args = [SERVICE, proxy, STRUCTURE_PROGRAM] as const;
    await world.administer(registry, registry.interface.encodeFunctionData("approveVerification", [...args]));
  }
  const { fromRound } = await registry.verificationAt(SERVICE, MaxUint256);
  const soon = (await world.round()) + ACTIVE_AFTER;
  const start = await world.at("RoundsManager").roundStart(fromRound > soon ? fromRound : soon);
  return Number(start) - Math.floor(Date.now() / 1_000);
}

/** The chain mines by the clock as long. @throws what was not as it should be; what the processes logged is kept then */
async function inProcess(world: World, scenario: Orders["scenario"], shift: number): Promise<void> {
  const { rpcUrl, deployment, provider } = world;
  const dir = await mkdtemp(join(tmpdir(), "streamflow-scenario-"));
  const orders: Orders = { scenario, rpcUrl, deployment, dir };
  await provider.send("evm_setIntervalMining", [BLOCK_MS]);
  const child = new RoleProcess(scenario, [JSON.stringify(orders)], join(dir, "log.ndjson"), {
    program: CHILD,
    nodeOptions: shiftedClock(shift),
  });
  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals) => interrupted.abort(signal);
  for (const signal of INTERRUPTS) process.once(signal, interrupt);
  let failures: readonly string[];
  try {
    ({ failures } = (await child.line("played", interrupted.signal)) as unknown as { failures: readonly string[] });
  } finally {
    await child.close();
    for (const signal of INTERRUPTS) process.off(signal, interrupt);
    if (interrupted.signal.aborted) await endAsTold(interrupted.signal.reason as NodeJS.Signals, dir);
    await provider.send("evm_setIntervalMining", [0]);
  }
  if (failures.length > 0) throw new Error(`${failures.join("; ")} (logs: ${dir})`);
  await rm(dir, { recursive: true });
}

/** Ends this process by the signal that it got, but leaves nothing behind. */
async function endAsTold(signal: NodeJS.Signals, dir: string): Promise<never> {
  // A process that was killed with its children may still be writing.
  await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  process.kill(process.pid, signal);
  return new Promise<never>(() => undefined);
}
