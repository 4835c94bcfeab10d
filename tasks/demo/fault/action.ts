import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { z } from "zod";
import { untilInterrupted } from "../interrupt.ts";

const argumentsSchema = z.strictObject({
  out: z.string().min(1),
  seconds: z.int().min(2).max(600),
  cheat: z.enum(["frames", "size"]),
});

/** `npx hardhat demo fault` */
export default async function fault(args: object, hre: HardhatRuntimeEnvironment): Promise<void> {
  await hre.tasks.getTask("build").run({ quiet: true });
  // Only now are the artifacts there that these need.
  const { runFault } = await import("./run.ts");
  const { renderFaultReport } = await import("./report.ts");
  const { startChain } = await import("../../devnet/chain.ts");

  await untilInterrupted("demo fault", async (signal) => {
    const options = argumentsSchema.parse(args);
    const say = (text: string) => void process.stdout.write(`${text}\n`);
    const report = await runFault({ ...options, signal }, { startChain: () => startChain(hre.network), say });
    say(`\n${renderFaultReport(report, process.stdout.isTTY)}`);
    return report.failures;
  });
}
