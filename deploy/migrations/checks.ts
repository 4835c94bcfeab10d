import { ask, targetOf } from "../alpha/network.ts";
import { isAlphaPlan, isBehindController } from "../alpha/plan.ts";
import type { ContractName } from "../contracts.ts";
import { PARAMETERS, readSection, valueAt, written } from "../governed.ts";
import type { ParameterPath } from "../governed.ts";
import { addressInSlot } from "../relations.ts";
import { IMPLEMENTATION_SLOT } from "../slots.ts";
import type { Context } from "./migration.ts";

/** The logic behind a proxy now. */
export async function logicOf({ provider, deployment, plan }: Context, name: ContractName): Promise<string> {
  if (isAlphaPlan(plan) && isBehindController(name))
    return ask(provider, "AlphaController", plan.alpha.controller, "getContract", [targetOf(name)]);
  return addressInSlot(await provider.getStorage(deployment.contracts[name].proxy, IMPLEMENTATION_SLOT));
}

/** Says that a proxy has other logic; nothing if it has not. */
export async function expectLogic(context: Context, name: ContractName, address: string): Promise<string[]> {
  const found = await logicOf(context, name);
  return found === address ? [] : [`${name} has the logic ${found}, not ${address}`];
}

/** Says that a parameter has another value; nothing if it has not. @param value As the chain has it. */
export async function expectParameter(
  { provider, deployment }: Context,
  path: ParameterPath,
  value: bigint | number,
): Promise<string[]> {
  const { section, unit } = PARAMETERS.find((each) => each.path === path)!;
  const found = valueAt({ [section]: await readSection(provider, deployment, section) }, path);
  return found === BigInt(value) ? [] : [`${path} is ${written(found, unit)}, not ${written(BigInt(value), unit)}`];
}
