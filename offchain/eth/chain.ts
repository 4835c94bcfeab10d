import { FetchRequest, JsonRpcProvider, Network, type Provider, type Wallet } from "ethers";
import { z } from "zod";
import { connect, readDeployment, type ContractTypes, type Deployment } from "../../deploy/contracts.ts";
import type { DisputeGame, LivepeerToken, RoundsManager, ServiceRegistry, TicketBroker } from "../../types/index.ts";
import { StreamflowError } from "../errors.ts";
import { PeerClient } from "../net/client.ts";
import { loadWallet } from "./keys.ts";

export interface ChainOptions {
  readonly rpcUrl: string;
  /** Path of the deployment file. */
  readonly deployment: string;
  readonly timeoutMs: number;
  readonly pollMs: number;
}

/** The protocol as one account sees it. */
export interface Chain {
  readonly chainId: bigint;
  readonly provider: JsonRpcProvider;
  readonly wallet: Wallet;
  readonly deployment: Deployment;
  readonly token: LivepeerToken;
  readonly rounds: RoundsManager;
  readonly bonding: ContractTypes["BondingManager"];
  readonly registry: ServiceRegistry;
  readonly broker: TicketBroker;
  readonly disputes: DisputeGame;
  close(): void;
}

/** What redeeming needs of it. */
export interface RedemptionChain extends Pick<Chain, "chainId" | "deployment" | "rounds" | "broker"> {
  readonly wallet: Pick<Wallet, "address" | "signTransaction">;
  readonly provider: Provider & Pick<JsonRpcProvider, "send">;
}

const MAX_CHAIN_ID_BYTES = 65_536;
const chainIdSchema = z.object({ result: z.string().regex(/^0x[0-9a-f]{1,16}$/) });

function callTo(rpcUrl: string, timeoutMs: number): FetchRequest {
  const call = new FetchRequest(rpcUrl);
  call.timeout = timeoutMs;
  // ethers retries a busy server with growing pauses; the limit of one request is the operator's, so it is not multiplied here.
  call.setThrottleParams({ maxAttempts: 3, slotInterval: 100 });
  return call;
}

/** The first question, asked without ethers: its requests keep their socket, and so the process, after they have timed out. */
async function readChainId(rpcUrl: string, timeoutMs: number): Promise<bigint> {
  const client = new PeerClient();
  try {
    const { body } = await client.post({
      url: new URL(rpcUrl),
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] }),
      contentType: "application/json",
      signal: AbortSignal.timeout(timeoutMs),
      maxBytes: MAX_CHAIN_ID_BYTES,
    });
    return BigInt(chainIdSchema.parse(JSON.parse(body.toString("utf8"))).result);
  } catch (cause) {
    const detail = `${rpcUrl} did not answer within ${timeoutMs} ms as a chain does`;
    throw new StreamflowError("ChainUnreachable", detail, { timeoutMs }, { cause });
  } finally {
    client.close();
  }
}

/**
 * Connects to the chain, reads the deployment and opens the account.
 * @throws StreamflowError ChainUnreachable, DeploymentInvalid, KeyInvalid, DevelopmentKeyRefused
 */
export async function openChain(options: ChainOptions, keyFile: string): Promise<Chain> {
  const chainId = await readChainId(options.rpcUrl, options.timeoutMs);
  let deployment: Deployment;
  try {
    deployment = readDeployment(options.deployment);
  } catch (cause) {
    throw new StreamflowError("DeploymentInvalid", `${options.deployment}: ${(cause as Error).message}`, {}, { cause });
  }
  if (BigInt(deployment.chainId) !== chainId) {
    throw new StreamflowError(
      "DeploymentInvalid",
      `the deployment is for chain ${deployment.chainId}, ${options.rpcUrl} is chain ${chainId}`,
    );
  }

  const provider = new JsonRpcProvider(callTo(options.rpcUrl, options.timeoutMs), Network.from(chainId), {
    staticNetwork: true,
    // An answer that is a block old may hide a redemption of our own.
    cacheTimeout: -1,
    // A batch waits 10 ms for company, which a payment's checks, one after the other, would pay several times per segment.
    batchMaxCount: 1,
  });
  provider.pollingInterval = Math.min(options.pollMs, 250);
  const wallet = await loadWallet(keyFile, chainId, provider);
  const at = deployment.contracts;
  return {
    chainId,
    provider,
    wallet,
    deployment,
    token: connect("LivepeerToken", at.LivepeerToken.proxy, wallet),
    rounds: connect("RoundsManager", at.RoundsManager.proxy, wallet),
    bonding: connect("BondingManager", at.BondingManager.proxy, wallet),
    registry: connect("ServiceRegistry", at.ServiceRegistry.proxy, wallet),
    broker: connect("TicketBroker", at.TicketBroker.proxy, wallet),
    disputes: connect("DisputeGame", at.DisputeGame.proxy, wallet),
    close: () => provider.destroy(),
  };
}
