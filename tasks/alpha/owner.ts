import { Contract } from "ethers";
import type { ContractRunner } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { readAlphaRecord } from "../../deploy/alpha/record.ts";
import { readInterface } from "../../deploy/artifacts.ts";
import type { AlphaBonding, AlphaDeposits, AlphaViews } from "../../types/index.ts";
import type { Account, WriteArguments } from "../common/context.ts";
import { directoryOf, openAccount } from "../common/context.ts";

/** The alpha's addresses, with what answers there now. */
export interface Remains {
  readonly views: AlphaViews;
  readonly bonding: AlphaBonding;
  readonly deposits: AlphaDeposits;
}

/** @throws DeploymentError NotPrepared */
export async function openRemains(
  hre: HardhatRuntimeEnvironment,
  dir: string,
  runner: ContractRunner,
): Promise<Remains> {
  const { networkName } = await hre.network.getOrCreate();
  const { alpha } = readAlphaRecord(directoryOf(hre, dir, networkName));
  const at = (address: string, name: "AlphaViews" | "AlphaBonding" | "AlphaDeposits"): unknown =>
    new Contract(address, readInterface(name), runner);
  return {
    views: at(alpha.bondingManager, "AlphaViews") as AlphaViews,
    bonding: at(alpha.bondingManager, "AlphaBonding") as AlphaBonding,
    deposits: at(alpha.jobsManager, "AlphaDeposits") as AlphaDeposits,
  };
}

/** Who sends, and what the alpha left it. */
export async function openOwner(args: WriteArguments, hre: HardhatRuntimeEnvironment): Promise<Account & Remains> {
  const account = await openAccount(args, hre);
  return { ...account, ...(await openRemains(hre, args.dir, account.signer)) };
}
