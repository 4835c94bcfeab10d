import { formatEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { addressOf } from "../common/arguments.ts";
import type { WriteArguments } from "../common/context.ts";
import { networkOption } from "../common/context.ts";
import { TaskError } from "../common/failure.ts";
import type { Sent } from "../common/output.ts";
import { moment, tell } from "../common/output.ts";
import { requireRegistered } from "../orchestrators/read.ts";
import { openActor } from "./account.ts";
import { describe, leave } from "./leave.ts";
import type { Lock } from "./locks.ts";
import { readLocks, when } from "./locks.ts";
import rebond from "./rebond.ts";

interface Arguments extends WriteArguments {
  readonly orchestrator: string;
  readonly locks: string[];
}

type Moving = Sent & { paid: bigint; locks: readonly Lock[]; next: readonly string[] };

/**
 * `npx hardhat stake move`: all stake leaves, and is bonded behind the other orchestrator once no fault can be charged to it any more. A part
 * cannot move: an account stands behind one orchestrator.
 */
export default async function move(
  args: Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<Moving | Awaited<ReturnType<typeof rebond>>> {
  if (args.locks.length > 0) return rebond(args, hre);
  const to = addressOf(args.orchestrator);
  const actor = await openActor(args, hre);
  const { contracts, address } = actor;
  await requireRegistered(contracts, to);
  const { orchestrator, stake, waiting } = await contracts.bonding.getDelegator(address);
  if (orchestrator === address) throw new TaskError(`${address} is an orchestrator: it stands behind itself, for ever`);
  if (orchestrator === to) throw new TaskError(`${address} stands behind ${to} already`);

  const tail = `${args.from === "0" ? "" : ` --from ${args.from}`}${args.dir === "" ? "" : ` --dir ${args.dir}`}${await networkOption(hre)}`;
  const rebondCommand = (ids: readonly bigint[]): string => `npx hardhat stake rebond ${to} ${ids.join(" ")}${tail}`;
  if (stake + waiting === 0n) {
    const ids = (await readLocks(contracts, address)).map(({ id }) => id);
    const hint = ids.length === 0 ? "" : `; what has left it can be bonded with\n  ${rebondCommand(ids)}`;
    throw new TaskError(`${address} has no stake to move${hint}`);
  }

  const { receipt, paid, locks } = await leave(actor, "all");
  const now = await contracts.now();
  const next = [
    ...(paid === 0n ? [] : [`npx hardhat stake bond ${formatEther(paid).replace(/\.0$/, "")} ${to}${tail}`]),
    ...(locks.length === 0 ? [] : [rebondCommand(locks.map(({ id }) => id))]),
  ];
  const lines = describe({ paid, locks }, now);
  if (paid > 0n) lines.push(`now run:\n  ${next[0]!}`);
  const [first] = locks;
  if (first !== undefined) {
    const { rebondTime } = first;
    lines.push(`from ${moment(rebondTime)} on (${when(rebondTime, now)}) run:\n  ${next.at(-1)!}`);
  }
  return tell(receipt, { json: args.json, text: lines.join("\n"), data: { paid, locks, next } });
}
