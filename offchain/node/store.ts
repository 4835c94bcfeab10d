import { mkdir } from "node:fs/promises";
import type { Chain } from "../eth/chain.ts";
import { ticketDomainOf } from "../eth/domains.ts";
import type { NodeStore } from "../store/interface.ts";
import { openStore, storeFile } from "../store/sqlite.ts";

/**
 * Opens the store in a node's directory, which is made when it is not there.
 * @param account whose store it is, when that is not the key's own
 * Errors: those of `openStore`.
 */
export async function openNodeStore(
  dataDir: string,
  { deployment, wallet }: Chain,
  account = wallet.address,
): Promise<NodeStore> {
  await mkdir(dataDir, { recursive: true });
  return openStore({ path: storeFile(dataDir), identity: { address: account, ...ticketDomainOf(deployment) } });
}
