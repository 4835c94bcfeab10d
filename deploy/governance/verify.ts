import type { Provider } from "ethers";
import type { Deployment } from "../contracts.ts";
import { contextOf } from "../migrations/migration.ts";
import type { Parameters } from "../parameters.ts";
import { differences, inspect } from "../status/index.ts";
import type { Named } from "./load.ts";
import { requirePrepared } from "./prepare.ts";
import { findings } from "./simulate.ts";

export interface VerifyOptions extends Named {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly dir: string;
  readonly parameters: Parameters;
}

/**
 * What is not as a migration promised: what it says itself, and code and rights that differ from the sources. Parameters that it changed differ from the file until somebody writes them there.
 * @throws DeploymentError NotPrepared
 */
export async function verify(options: VerifyOptions): Promise<string[]> {
  const { provider, deployment, dir, id, migration } = options;
  const { artifacts } = requirePrepared(dir, id, deployment);
  const rows = differences(await inspect(options)).filter(({ section }) => section !== "parameters");
  return [
    ...(await findings(contextOf(provider, deployment, dir), migration, artifacts)),
    ...rows.map(({ subject, expected, found }) => `${subject} is ${found}, not ${expected}`),
  ];
}
