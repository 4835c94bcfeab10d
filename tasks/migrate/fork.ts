import { JsonRpcProvider } from "ethers";
import type { Provider } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { Obedient } from "../../deploy/governance/obedient.ts";
import { TaskError } from "../common/failure.ts";

/** A copy of a chain, served on this machine. It mines each transaction at once, and otherwise when it is told to. */
export interface Copy extends Obedient {
  readonly provider: JsonRpcProvider;
  readonly rpcUrl: string;
  close(): Promise<void>;
}

/** Does something on a copy of the chain that the network names. What is done there is forgotten with it. */
export async function onCopy<T>(hre: HardhatRuntimeEnvironment, act: (copy: Copy) => Promise<T>): Promise<T> {
  const { networkConfig, networkName, ethers } = await hre.network.getOrCreate();
  if (networkConfig.type !== "http")
    throw new TaskError(
      `network ${networkName} is in this process and ends with it: name one that is served, such as --network localhost`,
    );
  const copy = await forkOf(hre, await networkConfig.url.getUrl(), ethers.provider);
  try {
    return await act(copy);
  } finally {
    await copy.close();
  }
}

/** A copy of the last block of the chain at `url`, which is `original`'s. */
export async function forkOf(
  { network }: Pick<HardhatRuntimeEnvironment, "network">,
  url: string,
  original: Provider,
): Promise<Copy> {
  const chainId = Number((await original.getNetwork()).chainId);
  // Left alone, it copies a block that no reorganisation can reach any more: without what was created or voted in the last 128.
  const blockNumber = await original.getBlockNumber();
  const server = await network.createServer(
    {
      network: "default",
      chainType: "l1",
      override: {
        chainId,
        forking: { url, enabled: true, blockNumber },
        // Once it mines by the clock, its blocks must not push that ahead of ours.
        allowBlocksWithSameTimestamp: true,
        loggingEnabled: false,
      },
    },
    "127.0.0.1",
    0,
  );
  const { address, port } = await server.listen();
  const rpcUrl = `http://${address}:${port}`;
  const provider = new JsonRpcProvider(rpcUrl, chainId, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  // Calls on the last block of the original need the history of its hard forks; those on a block of the copy do not.
  await provider.send("evm_mine", []);
  return {
    provider,
    rpcUrl,
    close: async () => {
      provider.destroy();
      await server.close();
    },
  };
}
