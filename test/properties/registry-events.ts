import type { Result } from "ethers";
import { ZeroHash } from "ethers";
import { ZERO_ADDRESS } from "../../sim/model/money.ts";
import type { Offer, Service, Verification } from "../../sim/model/registry.ts";

interface Named {
  readonly id: string;
}

const NO_OFFER: Offer = { uri: "", services: [], regions: [], listed: false };

/** The registry as an indexer sees it that reads nothing but events. */
export class RegistryIndexer {
  readonly services = new Map<string, Service>();
  readonly #offers = new Map<string, Offer>();
  readonly #verifications = new Map<string, Verification[]>();

  offer(orchestrator: string): Offer {
    return this.#offers.get(orchestrator) ?? NO_OFFER;
  }

  verificationAt(id: string, round: bigint): Verification {
    const nothing = { module: ZERO_ADDRESS, fromRound: 0n, program: ZeroHash };
    return (this.#verifications.get(id) ?? []).findLast(({ fromRound }) => fromRound <= round) ?? nothing;
  }

  read(events: readonly { name: string; args: Result }[]): void {
    for (const { name, args } of events) this.#handlers[name]?.(args.toObject());
  }

  readonly #handlers: Record<string, (args: Record<string, unknown>) => void> = {
    ServiceDefined: (args) => {
      const { id, name, metadata, definer, deposit } = args as unknown as Service & Named;
      this.services.set(id, { name, metadata, definer, deposit });
    },
    ServiceWithdrawn: (args) => void this.services.delete((args as unknown as Named).id),
    VerificationApproved: (args) => {
      const { id, module, fromRound, program } = args as unknown as Verification & Named;
      this.#verifications.set(id, [...(this.#verifications.get(id) ?? []), { module, fromRound, program }]);
    },
    VerificationCancelled: (args) => void this.#verifications.get((args as unknown as Named).id)!.pop(),
    ServiceURIChanged: ({ orchestrator, uri }) => this.#change(orchestrator, { uri: uri as string }),
    ServicesChanged: ({ orchestrator, services }) =>
      this.#change(orchestrator, { services: [...(services as string[])] }),
    RegionsChanged: ({ orchestrator, regions }) => this.#change(orchestrator, { regions: [...(regions as bigint[])] }),
    ListingChanged: ({ orchestrator, listed }) => this.#change(orchestrator, { listed: listed as boolean }),
  };

  #change(orchestrator: unknown, change: Partial<Offer>): void {
    const account = orchestrator as string;
    this.#offers.set(account, { ...this.offer(account), ...change });
  }
}
