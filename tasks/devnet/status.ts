import { PeerClient } from "../../offchain/net/client.ts";
import { STATUS_PATH, type Status, statusSchema } from "../../offchain/net/wire.ts";

/** {ms} */
const STATUS_MS = 10_000;
const MAX_STATUS_BYTES = 65_536;

/** What an orchestrator says of itself. */
export async function statusOf(url: string): Promise<Status> {
  const client = new PeerClient({ anyCertificate: true });
  try {
    const { body } = await client.get({
      url: new URL(STATUS_PATH, url),
      signal: AbortSignal.timeout(STATUS_MS),
      maxBytes: MAX_STATUS_BYTES,
    });
    return statusSchema.parse(JSON.parse(body.toString("utf8")));
  } finally {
    client.close();
  }
}
