import path from "node:path";
import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { HardhatEthersProvider } from "@nomicfoundation/hardhat-ethers/types";
import { requireChain } from "../../deploy/index.ts";
import { readJournal } from "../../deploy/journal.ts";
import type { OnPage } from "../../deploy/pages.ts";
import { readParameters } from "../../deploy/parameters.ts";
import type { Parameters } from "../../deploy/parameters.ts";
import { directoryOf, signerOf } from "../common/context.ts";
import { print } from "../common/output.ts";
import { sayPages } from "../common/progress.ts";

export interface AlphaArguments {
  readonly from: string;
  readonly dir: string;
}

export interface Opened {
  readonly provider: HardhatEthersProvider;
  readonly dir: string;
  readonly parameters: Parameters;
}

/** @throws DeploymentError WrongChain */
export async function open(hre: HardhatRuntimeEnvironment, option: string): Promise<Opened> {
  const { ethers, networkName } = await hre.network.getOrCreate();
  const dir = directoryOf(hre, option, networkName);
  const journal = readJournal(dir);
  if (journal !== undefined) await requireChain(ethers.provider, journal);
  return { provider: ethers.provider, dir, parameters: readParameters(path.join(dir, "parameters.json5")) };
}

/** The same, who sends, and a line for each transaction. */
export async function openToSend(
  hre: HardhatRuntimeEnvironment,
  { from, dir }: AlphaArguments,
): Promise<
  Opened & {
    readonly signer: Signer;
    readonly onTransaction: (step: string, hash: string) => void;
    readonly onPage: OnPage;
  }
> {
  return {
    ...(await open(hre, dir)),
    signer: await signerOf(hre, from),
    onTransaction: (step, hash) => print(`${hash}  ${step}`),
    onPage: sayPages(),
  };
}
