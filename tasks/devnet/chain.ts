import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

export interface LocalChain {
  readonly rpcUrl: string;
  close(): Promise<void>;
}

/** {round} Until stake is active, and until what judges a service has been announced for long enough. */
const HEAD_START = 17;
/** {s} As the local network's parameters have it. */
const ROUND_SECONDS = 60;

/**
 * A chain of its own on a free port of this machine. It mines every transaction at once and a block each second besides, so that rounds pass
 * by the clock even when nothing happens. Its clock begins some rounds ago: a network that lets them pass is then at the present moment
 * instead of ahead of it.
 * @param roundSeconds {s} length of a round
 */
export async function startChain(
  network: HardhatRuntimeEnvironment["network"],
  roundSeconds = ROUND_SECONDS,
): Promise<LocalChain> {
  const server = await network.createServer(
    {
      network: "default",
      override: {
        chainId: 31337,
        initialDate: new Date(Date.now() - HEAD_START * roundSeconds * 1_000),
        // Blocks of one second must not push the chain's clock ahead of ours.
        allowBlocksWithSameTimestamp: true,
        mining: { auto: true, interval: 1_000 },
        loggingEnabled: false,
      },
    },
    "127.0.0.1",
    0,
  );
  const { address, port } = await server.listen();
  return { rpcUrl: `http://${address}:${port}`, close: () => server.close() };
}
