import type { TLSSocket } from "node:tls";
import { StreamflowError } from "../../errors.ts";
import type { ConnectionCheck } from "./checked-agent.ts";
import { shownKey } from "./known-servers.ts";

/** Admits a server that has one key, given by its `spkiHash`. */
export function pinnedKey(spkiHash: string): ConnectionCheck {
  return {
    admit: (socket: TLSSocket) => {
      const shown = shownKey(socket);
      if (shown === spkiHash) return Promise.resolve();
      const detail = `the server has shown the key ${shown}, serverKey is ${spkiHash}`;
      return Promise.reject(new StreamflowError("PeerUnverified", detail, { field: "spkiHash" }));
    },
    holds: () => true,
  };
}
