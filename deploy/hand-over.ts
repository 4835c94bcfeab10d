import { readInterface } from "./artifacts.ts";
import type { ContractName, Deployment } from "./contracts.ts";
import { DeploymentError } from "./errors.ts";
import type { Parameters } from "./parameters.ts";
import { timelockOf } from "./relations.ts";
import type { Plan } from "./relations.ts";
import type { Sender } from "./sender.ts";

/** May do everything, and gives roles. */
export const ADMIN_ROLE = 0n;
/** May pause and unpause. */
export const GUARDIAN_ROLE = 1n;

/** What can be paused. */
export const PAUSABLE = [
  "BondingManager",
  "ServiceRegistry",
  "TicketBroker",
  "DisputeGame",
] as const satisfies readonly ContractName[];

export const PAUSES = ["pause", "unpause"] as const;

/** Who governs once a deployment is finished, and how long {s} what it asks for waits. */
export function administratorOf(
  { contracts, deployer }: Deployment,
  parameters: Parameters,
): { account: string; delay: bigint } {
  const { administrator } = parameters.governance;
  if (administrator === "governor")
    return { account: contracts.ProtocolGovernor.proxy, delay: BigInt(timelockOf(parameters)) };
  return { account: administrator === "deployer" ? deployer : administrator, delay: 0n };
}

/** The last steps of a deployment: the guardian's role, and then the administrator's, which the deployer gives up. */
export async function handOver(sender: Sender, plan: Plan, parameters: Parameters): Promise<void> {
  const { guardian } = parameters.governance;
  const manager = await openManager(sender, plan.accessManager.address);
  const { account: admin, delay } = administratorOf(plan.deployment, parameters);

  if (guardian !== null) {
    for (const name of PAUSABLE) {
      const target = plan.proxies[name].address;
      const selectors: string[] = [];
      for (const method of PAUSES) {
        const { selector } = readInterface(name).getFunction(method)!;
        if ((await manager.roleFor(target, selector)) !== GUARDIAN_ROLE) selectors.push(selector);
      }
      if (selectors.length === 0) continue;
      await manager.send(`let the guardian pause ${name}`, "setTargetFunctionRole", [target, selectors, GUARDIAN_ROLE]);
    }
    // Else an administrator could not unpause what a guardian has paused.
    for (const [who, account, wait] of [
      ["guardian", guardian, 0],
      ["administrator", admin, delay],
    ] as const) {
      if (await manager.hasRole(GUARDIAN_ROLE, account)) continue;
      await manager.send(`grant the guardian's role to the ${who}`, "grantRole", [GUARDIAN_ROLE, account, wait]);
    }
  }

  if (!(await manager.hasRole(ADMIN_ROLE, admin)))
    await manager.send("grant the administrator's role", "grantRole", [ADMIN_ROLE, admin, delay]);
  if (admin !== sender.address && (await manager.hasRole(ADMIN_ROLE, sender.address)))
    await manager.send("give up the administrator's role", "renounceRole", [ADMIN_ROLE, sender.address]);
}

/** The AccessManager, as far as the deployer may still change it. */
async function openManager(sender: Sender, address: string) {
  const abi = readInterface("AccessManager");
  const ask = async (method: string, args: readonly unknown[]): Promise<unknown> => {
    const answer = await sender.provider.call({ to: address, data: abi.encodeFunctionData(method, args) });
    return abi.decodeFunctionResult(method, answer)[0];
  };
  const hasRole = async (role: bigint, account: string) => (await ask("hasRole", [role, account])) as boolean;
  const governs = await hasRole(ADMIN_ROLE, sender.address);

  return {
    hasRole,
    roleFor: async (target: string, selector: string) =>
      (await ask("getTargetFunctionRole", [target, selector])) as bigint,
    async send(step: string, method: string, args: readonly unknown[]): Promise<void> {
      if (!governs) {
        throw new DeploymentError(
          "MigrationNeeded",
          `to ${step}: the deployer no longer governs; propose it to whoever does`,
        );
      }
      await sender.send(step, address, abi.encodeFunctionData(method, args));
    },
  };
}
