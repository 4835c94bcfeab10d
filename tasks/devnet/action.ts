import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { untilInterrupted } from "../demo/interrupt.ts";

interface Arguments {
  readonly orchestrators: number;
  readonly out: string;
  readonly port: number;
  readonly rtmpPort: number;
}

/** `npx hardhat devnet` */
export default async function devnet(args: Arguments, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // Only now are the artifacts there that these need.
  const { runDevnet } = await import("./run.ts");
  const { startChain } = await import("./chain.ts");
  await untilInterrupted("devnet", (signal) =>
    runDevnet(
      { ...args, signal },
      {
        startChain: () => startChain(hre.network),
        say: (text) => void process.stdout.write(`${text}\n`),
      },
    ),
  );
}
