import { Contract } from "ethers";
import type { Provider } from "ethers";
import type { AccessManager } from "../../types/index.ts";
import { readInterface } from "../artifacts.ts";
import type { Deployment } from "../contracts.ts";
import { pages } from "../pages.ts";

/** Who has a role, since when it counts, and how long what it asks for waits. */
export interface Member {
  readonly role: bigint;
  readonly account: string;
  /** {s} */
  readonly delay: bigint;
}

/** A call that is scheduled, and was neither executed nor cancelled. */
export interface Scheduled {
  readonly id: string;
  /** {s, Unix} From when on it can be executed. */
  readonly from: bigint;
  readonly caller: string;
  readonly target: string;
  readonly data: string;
}

/** All that the AccessManager was told. It has no lists, so they are made of its events. */
export interface Access {
  readonly members: readonly Member[];
  /** Role that a function needs, where somebody has said so. */
  readonly functions: readonly { readonly target: string; readonly selector: string; readonly role: bigint }[];
  /** Roles that may grant and cancel for another role, where it is not the administrator's. */
  readonly keepers: readonly { readonly role: bigint; readonly kind: "admin" | "guardian"; readonly keeper: bigint }[];
  readonly closed: readonly string[];
  readonly scheduled: readonly Scheduled[];
}

export function accessManagerOf(provider: Provider, { accessManager }: Deployment): AccessManager {
  return new Contract(accessManager, readInterface("AccessManager"), provider) as unknown as AccessManager;
}

export async function readAccess(provider: Provider, deployment: Deployment): Promise<Access> {
  const manager = accessManagerOf(provider, deployment);
  const abi = readInterface("AccessManager");
  const granted = new Map<string, { role: bigint; account: string }>();
  const functions = new Map<string, Access["functions"][number]>();
  const keepers = new Map<string, Access["keepers"][number]>();
  const closed = new Set<string>();
  const operations = new Map<string, Omit<Scheduled, "from">>();

  const address = deployment.accessManager;
  const logs = await pages(provider, { from: deployment.block }, (fromBlock, toBlock) =>
    provider.getLogs({ address, fromBlock, toBlock }),
  );
  for (const log of logs) {
    const event = abi.parseLog(log);
    if (event === null) continue;
    const args = event.args as unknown as Record<string, never>;
    const {
      roleId: role,
      account,
      target,
      selector,
    } = args as Record<string, unknown> as {
      roleId: bigint;
      account: string;
      target: string;
      selector: string;
    };
    switch (event.name) {
      case "RoleGranted":
        granted.set(`${role} ${account}`, { role, account });
        break;
      case "TargetFunctionRoleUpdated":
        functions.set(`${target} ${selector}`, { target, selector, role });
        break;
      case "RoleAdminChanged":
        keepers.set(`${role} admin`, { role, kind: "admin", keeper: args["admin"]! });
        break;
      case "RoleGuardianChanged":
        keepers.set(`${role} guardian`, { role, kind: "guardian", keeper: args["guardian"]! });
        break;
      case "TargetClosed":
        closed.add(target);
        break;
      case "OperationScheduled": {
        const {
          operationId: id,
          caller,
          data,
        } = args as Record<string, unknown> as {
          operationId: string;
          caller: string;
          data: string;
        };
        operations.set(id, { id, caller, target, data });
        break;
      }
    }
  }

  // Events say what to ask for; what holds is what the contract answers.
  const members: Member[] = [];
  for (const { role, account } of granted.values()) {
    const [since, delay, pendingDelay, effect] = await manager.getAccess(role, account);
    if (since !== 0n) members.push({ role, account, delay: effect === 0n ? delay : pendingDelay });
  }
  const isClosed = await Promise.all([...closed].map((target) => manager.isTargetClosed(target)));
  const scheduled: Scheduled[] = [];
  for (const operation of operations.values()) {
    const from = await manager.getSchedule(operation.id);
    if (from !== 0n) scheduled.push({ ...operation, from });
  }
  return {
    members,
    functions: [...functions.values()].filter(({ role }) => role !== 0n),
    keepers: [...keepers.values()].filter(({ keeper }) => keeper !== 0n),
    closed: [...closed].filter((_, i) => isClosed[i]),
    scheduled,
  };
}
