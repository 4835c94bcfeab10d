import { encodeBytes32String, getCreate2Address, keccak256 } from "ethers";
import { initCodeOf } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import type { ContractName, Deployment, Journal } from "../contracts.ts";
import { CONTRACT_NAMES } from "../contracts.ts";
import { planOf } from "../relations.ts";
import type { Creation, Plan } from "../relations.ts";
import type { AlphaNetwork } from "./network.ts";
import { hasAlphaRecord, readAlphaRecord } from "./record.ts";
import type { AlphaRecord } from "./record.ts";

/** Those that stay where the alpha has them. */
export const STANDING = ["LivepeerToken", "RoundsManager", "BondingManager"] as const satisfies readonly ContractName[];

export function isStanding(name: ContractName): name is (typeof STANDING)[number] {
  return (STANDING as readonly ContractName[]).includes(name);
}

/** Those that get proxies of their own. */
export const NEW_NAMES: readonly ContractName[] = CONTRACT_NAMES.filter((name) => !isStanding(name));

/** The plan of a deployment that takes the place of an alpha. */
export interface AlphaPlan extends Plan {
  alpha: AlphaNetwork;
  /** No event of its stake is older. */
  block: number;
  /** Holds the alpha's ETH. */
  funds: Creation;
  /** Compares before and after, within one transaction. */
  witness: Creation;
  /** Logic behind the alpha's proxies, in front of what a fresh deployment has. */
  rounds: Creation;
  views: Creation;
  bonding: Creation;
  deposits: Creation;
}

/** The plan of what is deployed in a directory, in place of an alpha or not. @throws DeploymentError NotPrepared */
export function planIn(dir: string, journal: Journal | Deployment): Plan | AlphaPlan {
  return hasAlphaRecord(dir) ? alphaPlanOf(journal, readAlphaRecord(dir)) : planOf(journal);
}

export const isAlphaPlan = (plan: Plan | AlphaPlan): plan is AlphaPlan => "alpha" in plan;

/** Whether the contract has the alpha's proxy, of which the controller knows the logic. */
export const isBehindController = (name: ContractName): name is "RoundsManager" | "BondingManager" =>
  name === "RoundsManager" || name === "BondingManager";

/** Derives all addresses. */
export function alphaPlanOf(
  journal: Journal | Deployment,
  { alpha, block = 0, funds: standingFunds }: AlphaRecord,
): AlphaPlan {
  const standing = {
    LivepeerToken: alpha.token,
    RoundsManager: alpha.roundsManager,
    BondingManager: alpha.bondingManager,
  };
  const plan = planOf(journal, standing);
  const creation = (name: ArtifactName, args: readonly unknown[]): Creation => {
    const [salt, initCode] = [encodeBytes32String(name), initCodeOf(name, args)];
    return { name, salt, initCode, address: getCreate2Address(journal.factory, salt, keccak256(initCode)) };
  };
  const { proxies } = plan;
  const relations = [
    alpha.token,
    alpha.roundsManager,
    proxies.Minter.address,
    proxies.TicketBroker.address,
    proxies.ServiceRegistry.address,
    proxies.Treasury.address,
  ];
  const made = creation("AlphaFunds", [
    alpha.token,
    proxies.Minter.address,
    alpha.bondingManager,
    alpha.jobsManager,
    proxies.TicketBroker.address,
  ]);
  const funds = { ...made, address: standingFunds ?? made.address };
  const rounds = creation("AlphaRounds", [plan.implementations.RoundsManager.address]);
  const views = creation("AlphaViews", [relations, plan.implementations.BondingManager.address]);
  const bonding = creation("AlphaBonding", [relations, funds.address, alpha.jobsManager, views.address]);
  const deposits = creation("AlphaDeposits", [funds.address, alpha.bondingManager]);

  const witness = creation("AlphaWitness", [alpha.token, alpha.minter, alpha.bondingManager, funds.address]);

  const { contracts } = plan.deployment;
  // The controller is what can change their logic; nothing can change the token's.
  contracts.LivepeerToken = { proxy: alpha.token, implementation: alpha.token, proxyAdmin: alpha.controller };
  contracts.RoundsManager = {
    proxy: alpha.roundsManager,
    implementation: rounds.address,
    proxyAdmin: alpha.controller,
  };
  contracts.BondingManager = {
    proxy: alpha.bondingManager,
    implementation: bonding.address,
    proxyAdmin: alpha.controller,
  };
  return { ...plan, alpha, block, funds, witness, rounds, views, bonding, deposits };
}
