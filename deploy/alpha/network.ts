import { getCreateAddress, id, ZeroAddress } from "ethers";
import type { Provider } from "ethers";
import { initCodeOf, readInterface } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import { DeploymentError } from "../errors.ts";
import { openSender } from "../sender.ts";
import type { Sender, SenderOptions } from "../sender.ts";

/** The alpha's contracts, by their proxies where they have one. */
export interface AlphaNetwork {
  controller: string;
  token: string;
  minter: string;
  roundsManager: string;
  bondingManager: string;
  jobsManager: string;
}

/** How an alpha is set up. Ratios in parts of 1,000,000. */
export interface AlphaParameters {
  /** {wei LPT} All of it the deployer's. */
  supply: bigint;
  inflation: bigint;
  inflationChange: bigint;
  targetBondingRate: bigint;
  /** {block} */
  roundLength: bigint;
  /** {block} */
  verificationPeriod: bigint;
  /** {round} */
  unbondingPeriod: bigint;
  /** {1} */
  transcoders: bigint;
  /** {round} */
  maxClaimRounds: bigint;
}

/** Under which id the controller knows what. */
export const ALPHA_IDS = {
  token: "LivepeerToken",
  minter: "Minter",
  roundsManager: "RoundsManager",
  bondingManager: "BondingManager",
  jobsManager: "JobsManager",
} as const satisfies Record<Exclude<keyof AlphaNetwork, "controller">, string>;

/** The id of a proxy's logic. */
export const targetOf = (name: string): string => id(`${name}Target`);

/** Deploys an alpha, for tests and rehearsals. The sender owns it. */
export async function deployAlpha(options: SenderOptions, parameters: AlphaParameters): Promise<AlphaNetwork> {
  const { provider } = options.signer;
  if (provider === null) throw new TypeError("the signer needs a provider");
  const sender = await openSender(options, provider);
  const { supply, inflation, inflationChange, targetBondingRate } = parameters;
  const controller = await create(sender, "AlphaController", [sender.address]);
  const token = await create(sender, "AlphaToken", [sender.address, supply]);
  const minter = await create(sender, "AlphaMinter", [controller, inflation, inflationChange, targetBondingRate]);
  const register = async (name: string, address: string): Promise<void> => {
    const data = readInterface("AlphaController").encodeFunctionData("setContractInfo", [id(name), address]);
    await sender.send(`name ${name}`, controller, data);
  };
  const behindProxy = async (name: string, logic: ArtifactName): Promise<string> => {
    await register(`${name}Target`, await create(sender, logic, [controller]));
    const proxy = await create(sender, "AlphaProxy", [controller, targetOf(name)]);
    await register(name, proxy);
    return proxy;
  };
  await register(ALPHA_IDS.token, token);
  await register(ALPHA_IDS.minter, minter);
  const roundsManager = await behindProxy(ALPHA_IDS.roundsManager, "AlphaRoundsManager");
  const bondingManager = await behindProxy(ALPHA_IDS.bondingManager, "AlphaBondingManager");
  const jobsManager = await behindProxy(ALPHA_IDS.jobsManager, "AlphaJobsManager");

  const call = (to: string, on: ArtifactName, method: string, args: readonly unknown[]): Promise<void> =>
    sender.send(method, to, readInterface(on).encodeFunctionData(method, args));
  await call(token, "AlphaToken", "transferOwnership", [minter]);
  await call(roundsManager, "AlphaRoundsManager", "setRoundLength", [parameters.roundLength]);
  const { unbondingPeriod, transcoders, maxClaimRounds, verificationPeriod } = parameters;
  await call(bondingManager, "AlphaBondingManager", "setParameters", [unbondingPeriod, transcoders, maxClaimRounds]);
  await call(jobsManager, "AlphaJobsManager", "setVerificationPeriod", [verificationPeriod]);
  return { controller, token, minter, roundsManager, bondingManager, jobsManager };
}

/** Finds the contracts of an alpha through its controller, before or after the migration of everything but the minter. @throws DeploymentError ForeignDeployment */
export async function readAlpha(provider: Provider, controller: string): Promise<AlphaNetwork> {
  const found = { controller } as AlphaNetwork;
  for (const [key, name] of Object.entries(ALPHA_IDS)) {
    // What is no controller answers nothing that can be read.
    const address = await ask<string>(provider, "AlphaController", controller, "getContract", [id(name)]).catch(
      () => ZeroAddress,
    );
    if (address === ZeroAddress) {
      throw new DeploymentError("ForeignDeployment", `${controller} knows no ${name}: give the alpha's controller`);
    }
    found[key as keyof AlphaNetwork] = address;
  }
  return found;
}

/** The first value that a view answers. */
export async function ask<T>(
  provider: Provider,
  on: ArtifactName,
  to: string,
  method: string,
  args: readonly unknown[] = [],
): Promise<T> {
  const abi = readInterface(on);
  const answer = await provider.call({ to, data: abi.encodeFunctionData(method, args) });
  return abi.decodeFunctionResult(method, answer)[0] as T;
}

async function create(sender: Sender, name: ArtifactName, args: readonly unknown[]): Promise<string> {
  const address = getCreateAddress({ from: sender.address, nonce: sender.nonce });
  await sender.send(`create ${name}`, null, initCodeOf(name, args));
  return address;
}
