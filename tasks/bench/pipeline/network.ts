import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEther } from "ethers";
import { connect } from "../../../deploy/contracts.ts";
import { resolveFfmpeg } from "../../../offchain/media/ffmpeg.ts";
import type { FfmpegInfo } from "../../../offchain/media/interface.ts";
import { outputPixels } from "../../../offchain/media/ladder.ts";
import { developmentWallet } from "../../../offchain/eth/keys.ts";
import type { LocalChain } from "../../devnet/chain.ts";
import { Devnet, type DevnetOptions, FACE_VALUE } from "../../devnet/network.ts";

export interface PipelineModules {
  readonly startChain: () => Promise<LocalChain>;
  readonly say: (text: string) => void;
}

/** A network of processes on a chain of its own, in a directory that goes with it. */
export interface BenchNetwork {
  readonly dir: string;
  readonly devnet: Devnet;
  /** As roles are told of it. */
  readonly chain: { readonly rpcUrl: string; readonly deployment: string };
}

/** {wei} */
const DEPOSIT = parseEther("1");
const ESCROW = parseEther("0.01");

export async function withNetwork<T>(
  options: Pick<DevnetOptions, "orchestrators" | "price" | "settings">,
  { startChain }: PipelineModules,
  use: (network: BenchNetwork) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "streamflow-bench-"));
  let chain: LocalChain | undefined;
  let devnet: Devnet | undefined;
  try {
    chain = await startChain();
    devnet = await Devnet.start({
      ...options,
      rpcUrl: chain.rpcUrl,
      dir,
      faceValue: FACE_VALUE,
      deposit: 100n * DEPOSIT,
    });
    const { rpcUrl } = chain;
    return await use({ dir, devnet, chain: { rpcUrl, deployment: join(dir, "network", "deployment.json") } });
  } finally {
    await devnet?.close();
    await chain?.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Gives broadcasters a deposit. */
export async function fund({ devnet }: BenchNetwork, senders: readonly string[]): Promise<void> {
  const broker = connect(
    "TicketBroker",
    devnet.deployment.contracts.TicketBroker.proxy,
    developmentWallet(0).connect(devnet.provider),
  );
  for (const sender of senders) await (await broker.fund(sender, ESCROW, { value: DEPOSIT + ESCROW })).wait();
}

/** {wei per million pixels} At which one segment in `odds` brings a winner. */
export function priceAt(
  odds: bigint,
  renditions: readonly { readonly width: number; readonly height: number }[],
  frames: number,
): bigint {
  return (FACE_VALUE * 1_000_000n) / (odds * outputPixels(renditions, frames));
}

export function findFfmpeg(): Promise<FfmpegInfo> {
  const path = process.env.FFMPEG_PATH;
  return resolveFfmpeg(path === undefined ? {} : { path });
}
