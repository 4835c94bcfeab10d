import { rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { HardhatUserConfig } from "hardhat/config";
import type { CompilerOutput } from "hardhat/types/solidity";
import type { CompiledFile, Compiler, Unit } from "./compiler.ts";

/**
 * Builds the project in a directory and tells how its files are compiled. Hardhat decides which compiler settings and
 * which names a file has, so that the code of a mutant fits in where the original's was.
 */
export async function build(directory: string, compiler: Compiler): Promise<Unit[]> {
  const config = path.join(directory, "hardhat.config.ts");
  const { default: settings } = (await import(pathToFileURL(config).href)) as { default: HardhatUserConfig };
  const { solidity } = await createHardhatRuntimeEnvironment(settings, { config }, directory);
  const roots = await solidity.getRootFilePaths();
  const jobs = await solidity.getCompilationJobs(roots, { force: true, quiet: true, isolated: false });
  if (!("compilationJobsPerFile" in jobs)) throw new Error(jobs.formattedReason);

  const units: Unit[] = [];
  for (const job of new Set(jobs.compilationJobsPerFile.values())) {
    const input = await job.getSolcInput();
    await solidity.emitArtifacts(job, (await compiler.run(input)) as CompilerOutput);

    const files: CompiledFile[] = [];
    for (const [root, own] of jobs.indexedIndividualJobs) {
      if (root.startsWith("npm:") || jobs.compilationJobsPerFile.get(root) !== job) continue;
      const file = path.relative(directory, root).replaceAll(path.sep, "/");
      const parts = new Set(Object.keys((await own.getSolcInput()).sources));
      files.push({ path: file, name: `project/${file}`, parts });
    }
    units.push({ input, files });
  }
  // Hardhat would explain failures by sources that do not belong to the code of a mutant.
  rmSync(path.join(directory, "artifacts", "build-info"), { recursive: true, force: true });
  return units;
}
