import type { Provider } from "ethers";
import type { ContractName, ContractTypes, Deployment } from "../contracts.ts";
import { connect } from "../contracts.ts";
import type { ParameterPath } from "../governed.ts";
import type { LogicName } from "../upgrades/releases.ts";
import { planIn } from "../alpha/plan.ts";
import type { Plan } from "../relations.ts";
import type { Call } from "./calls.ts";

/** What the parts of a migration read. */
export interface Context {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly plan: Plan;
  /** A contract of the deployment, for reading. */
  at<N extends ContractName>(name: N): ContractTypes[N];
}

/** Addresses of what `prepare` created, by names of the migration's own. */
export type Artifacts<Name extends string = string> = Readonly<Record<Name, string>>;

/** What `prepare` may do. What is there is not created again, so it may be run any number of times. */
export interface Step {
  /** Logic of the sources for a contract's proxy, with the parts that it needs: where a new deployment would have it. Refused if the proxy's storage does not fit. */
  logic(name: ContractName): Promise<string>;
  /** Any other contract. */
  create(name: string, initCode: string): Promise<string>;
}

/** What `deploy status` may find changed: a parameter, or the logic behind a proxy. */
export type Change = ParameterPath | `${LogicName | "Machine" | "Consistency"} logic`;

/** A change to a deployed protocol, in four parts (docs/adr/0023-migrations.md). */
export interface Migration<Name extends string = string> {
  readonly lip: number;
  readonly title: string;
  /** For those who vote: why. Markdown. */
  readonly text: string;
  /** All that it changes; `simulate` refuses what is not said here. */
  readonly changes: readonly Change[];
  /** Creates contracts. */
  prepare(step: Step, context: Context): Promise<Artifacts<Name>>;
  /** The calls to vote on, in their order. */
  enact(context: Context, artifacts: Artifacts<Name>): Promise<readonly Call[]>;
  /** Whether the chain has got it. */
  enacted(context: Context, artifacts: Artifacts<Name>): Promise<boolean>;
  /** What is not as it should be afterwards. */
  verify(context: Context, artifacts: Artifacts<Name>): Promise<readonly string[]>;
}

/** @param dir of the deployment */
export function contextOf(provider: Provider, deployment: Deployment, dir: string): Context {
  return {
    provider,
    deployment,
    plan: planIn(dir, deployment),
    at: (name) => connect(name, deployment.contracts[name].proxy, provider),
  };
}
