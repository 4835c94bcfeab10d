import { id as hash, Result } from "ethers";
import type { Interface, ParamType } from "ethers";
import { readInterface } from "./artifacts.ts";
import { CONTRACT_NAMES } from "./contracts.ts";
import type { Deployment } from "./contracts.ts";
import { GOVERNED, SECTIONS, written } from "./governed.ts";
import type { Unit } from "./governed.ts";

/** What stands at an address of the deployment, in words and as an interface. */
export interface Known {
  readonly name: string;
  readonly abi: Interface;
}

export function knownAt(deployment: Deployment, address: string): Known | undefined {
  const is = (other: string): boolean => other.toLowerCase() === address.toLowerCase();
  if (is(deployment.accessManager)) return { name: "AccessManager", abi: readInterface("AccessManager") };
  // What was an alpha: one controller knows the logic of all its proxies.
  const controller = deployment.contracts.BondingManager.proxyAdmin;
  if (controller === deployment.contracts.RoundsManager.proxyAdmin && is(controller))
    return { name: "AlphaController", abi: readInterface("AlphaController") };
  for (const name of CONTRACT_NAMES) {
    const { proxy, proxyAdmin } = deployment.contracts[name];
    if (is(proxy)) return { name, abi: readInterface(name) };
    if (is(proxyAdmin)) return { name: `${name} proxy`, abi: readInterface("ProxyAdmin") };
  }
  return undefined;
}

/** A call as a person reads it: names of contract, function and arguments, amounts in their units. What is not known is shown as it is. */
export function describeCall(deployment: Deployment, target: string, data: string): string {
  const known = knownAt(deployment, target);
  const parsed = known?.abi.parseTransaction({ data }) ?? null;
  if (known === undefined || parsed === null) return `${known?.name ?? target}: ${data}`;
  const units = unitsOf(known.name);
  const show = (value: unknown, type: ParamType): string => {
    if (value instanceof Result) {
      const inner = type.arrayChildren ?? null;
      if (inner !== null)
        return `[${value
          .toArray()
          .map((each) => show(each, inner))
          .join(", ")}]`;
      return `{ ${(type.components ?? []).map((each, i) => `${each.name}: ${show(value[i], each)}`).join(", ")} }`;
    }
    const unit = units[type.name];
    if (typeof value === "bigint") return unit === undefined ? value.toString() : written(value, unit);
    if (known.name === "AlphaController" && type.baseType === "bytes32") return alphaName(value as string);
    const there = type.baseType === "address" ? knownAt(deployment, value as string)?.name : undefined;
    return there ?? String(value);
  };
  const args = parsed.fragment.inputs.map((input, i) => {
    const text = show(parsed.args[i], input);
    return input.baseType === "tuple" ? text : `${input.name}: ${text}`;
  });
  return `${known.name}.${parsed.name}(${args.join(", ")})`;
}

/** What an id of the alpha's controller stands for, if that is known. */
function alphaName(id: string): string {
  const found = CONTRACT_NAMES.flatMap((name) => [name, `${name}Target`]).find((name) => hash(name) === id);
  return found ?? id;
}

/** Of arguments by their name, as setters call them. */
function unitsOf(contract: string): Readonly<Record<string, Unit>> {
  const section = SECTIONS.find((each) => GOVERNED[each].contract === contract);
  if (section === undefined) return {};
  if (section === "rounds") return { newLength: "s" };
  if (section !== "governance") return GOVERNED[section].units;
  return {
    newVotingDelay: "round",
    newVotingPeriod: "round",
    newProposalThreshold: "LPT",
    newQuorumNumerator: "whole %",
    newBaseDelay: "s",
  };
}
