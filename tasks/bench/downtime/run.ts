import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { prepare } from "../../../deploy/alpha/prepare.ts";
import { deployRehearsal } from "../../../deploy/alpha/rehearsal.ts";
import { handOverController, upgrade } from "../../../deploy/alpha/upgrade.ts";
import { writeAlphaRecord } from "../../../deploy/alpha/record.ts";
import { readParameters } from "../../../deploy/parameters.ts";
import { actionsOf } from "./actions.ts";
import { Watch } from "./measure.ts";
import type { Gap, Step } from "./measure.ts";
import type { Extent } from "./networks.ts";

const PARAMETERS = fileURLToPath(new URL("../../../deploy/networks/localhost/parameters.json5", import.meta.url));
/** {s} Of Streamflow. */
const ROUND = 86_400;

export interface Downtime {
  /** {1} Orchestrators that the upgrade imports. */
  readonly orchestrators: number;
  /** Transactions in their order. */
  readonly steps: readonly Step[];
  readonly gaps: readonly Gap[];
}

/** Upgrades such an alpha as `npx hardhat alpha` does, a block for each transaction, and watches what its users can do meanwhile. */
export async function measureDowntime(
  network: HardhatRuntimeEnvironment["network"],
  { parameters: alphaParameters, crowd }: Extent,
): Promise<Downtime> {
  const connection = await network.create({ network: "default", override: { initialBaseFeePerGas: 0 } });
  const dir = await mkdtemp(path.join(os.tmpdir(), "streamflow-bench-"));
  try {
    const { provider } = connection.ethers;
    const [signer, first, second, delegator, broadcaster, ...others] = (await connection.ethers.getSigners()) as [
      HardhatEthersSigner,
      HardhatEthersSigner,
      HardhatEthersSigner,
      HardhatEthersSigner,
      HardhatEthersSigner,
      ...HardhatEthersSigner[],
    ];
    const actors = [first, second, delegator, broadcaster] as const;
    const parameters = {
      ...readParameters(PARAMETERS),
      rounds: { roundLength: ROUND, startTime: "deployment" as const, startRound: 1 },
    };
    const alpha = await deployRehearsal({
      ...{ provider, signer, actors, crowd: others.slice(0, crowd) },
      parameters: alphaParameters,
    });
    writeAlphaRecord(dir, { alpha });
    const plan = await prepare({ signer, alpha, dir });

    const request = (method: string, params: readonly unknown[]) =>
      connection.provider.request({ method, params: [...params] });
    const watch = new Watch(request, await actionsOf(plan, actors));
    await watch.look();
    const options = { signer, dir, parameters, onTransaction: (step: string, hash: string) => watch.look(step, hash) };
    await handOverController(options);
    await upgrade(options);
    return { orchestrators: crowd + actors.length - 2, steps: watch.steps, gaps: watch.gaps() };
  } finally {
    await connection.close();
    await rm(dir, { recursive: true });
  }
}
