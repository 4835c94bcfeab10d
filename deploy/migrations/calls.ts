import { targetOf } from "../alpha/network.ts";
import { isAlphaPlan, isStanding } from "../alpha/plan.ts";
import { readInterface } from "../artifacts.ts";
import type { ContractName, ContractTypes } from "../contracts.ts";
import type { TypedContractMethod } from "../../types/common.ts";
import { DeploymentError } from "../errors.ts";
import { GOVERNED, readSection } from "../governed.ts";
import type { Governed, Section } from "../governed.ts";
import type { Context } from "./migration.ts";

/** One call of a proposal, and a sentence that says what it does to those who vote. */
export interface Call {
  readonly says: string;
  readonly target: string;
  readonly data: string;
}

type ArgumentsOf<N extends ContractName, M extends keyof ContractTypes[N]> =
  ContractTypes[N][M] extends TypedContractMethod<infer A, infer _R, infer _S> ? A : never;

/** A call to a contract of the deployment. */
export function call<N extends ContractName, M extends keyof ContractTypes[N] & string>(
  { deployment }: Context,
  name: N,
  method: M,
  args: ArgumentsOf<N, M>,
  says: string,
): Call {
  const data = readInterface(name).encodeFunctionData(method, args as readonly unknown[]);
  return { says, target: deployment.contracts[name].proxy, data };
}

/**
 * Puts a proxy onto other logic. `initializer` is called on it in the same transaction; behind the alpha's proxies, of which the controller knows the logic, it is another call.
 * @throws DeploymentError UpgradeRefused
 */
export function upgrade(
  { deployment, plan }: Context,
  name: ContractName,
  implementation: string,
  says: string,
  initializer = "0x",
): Call {
  if (isAlphaPlan(plan) && isStanding(name)) {
    if (name === "LivepeerToken") throw refused("the alpha's token is behind no proxy");
    if (initializer !== "0x")
      throw refused(`the ${name} has the alpha's proxy: give its initializer a call of its own`);
    const args = [targetOf(name), implementation];
    const data = readInterface("AlphaController").encodeFunctionData("setContractInfo", args);
    return { says, target: plan.alpha.controller, data };
  }
  const { proxy, proxyAdmin } = deployment.contracts[name];
  const data = readInterface("ProxyAdmin").encodeFunctionData("upgradeAndCall", [proxy, implementation, initializer]);
  return { says, target: proxyAdmin, data };
}

const refused = (message: string): DeploymentError => new DeploymentError("UpgradeRefused", message);

/** Sets some parameters of a section, and the others to what they are now: a setter takes all of them. */
export async function setParameters<S extends Exclude<Section, "rounds" | "governance">>(
  { provider, deployment }: Context,
  section: S,
  changes: Partial<Governed[S]>,
  says: string,
): Promise<Call> {
  const { contract } = GOVERNED[section];
  const values = { ...(await readSection(provider, deployment, section)), ...changes };
  const data = readInterface(contract).encodeFunctionData("setParameters", [values]);
  return { says, target: deployment.contracts[contract].proxy, data };
}
