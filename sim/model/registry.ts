import { id as idOf, ZeroHash } from "ethers";
import type { Address, Token } from "./money.ts";
import { ONE, Switch, ZERO_ADDRESS } from "./money.ts";
import { need } from "./refusal.ts";

/** What the registry asks others about. */
export interface Surroundings {
  /** {round} Now. */
  readonly round: bigint;
  /** {round} */
  readonly unbondingPeriod: bigint;
  readonly isRegistered: (account: Address) => boolean;
  readonly isActive: (account: Address) => boolean;
  /** {wei LPT} */
  readonly stake: (account: Address) => bigint;
  readonly hasCode: (account: Address) => boolean;
}

export interface Service {
  readonly name: string;
  readonly metadata: string;
  readonly definer: Address;
  /** {wei LPT} */
  readonly deposit: bigint;
}

export interface Verification {
  readonly module: Address;
  /** {round} */
  readonly fromRound: bigint;
  readonly program: string;
}

export interface Offer {
  readonly uri: string;
  readonly services: readonly string[];
  readonly regions: readonly bigint[];
  readonly listed: boolean;
}

export const NO_REGION = 0n;
export const ALL_REGIONS = 2n ** 64n - 1n;

const MAX_TEXT = 256n;
const MAX_NAME = 64n;
const MAX_SERVICES = 16n;
const MAX_REGIONS = 32n;
const MAX_PAIRS = 64n;
const MIN_SERVICE_DEPOSIT = ONE;
const MAX_SERVICE_DEPOSIT = 100_000n * ONE;

const NO_OFFER: Offer = { uri: "", services: [], regions: [], listed: false };
const NO_VERIFICATION: Verification = { module: ZERO_ADDRESS, fromRound: 0n, program: ZeroHash };

/** Services, their verification and the offers of orchestrators. It has no lists: who is listed is looked for among all offers. */
export class Registry {
  readonly defining = new Switch();
  readonly services = new Map<string, Service>();
  serviceDeposit: bigint;

  readonly #address: Address;
  readonly #token: Token;
  readonly #around: Surroundings;
  readonly #offers = new Map<Address, Offer>();
  /** Approvals that were not cancelled, by service. */
  readonly #verifications = new Map<string, Verification[]>();

  constructor(address: Address, token: Token, around: Surroundings, serviceDeposit: bigint) {
    this.#address = address;
    this.#token = token;
    this.#around = around;
    this.serviceDeposit = serviceDeposit;
    for (const [name, metadata] of [
      ["CPUTranscoding", "Deterministic transcoding in software"],
      ["GPUTranscoding", "Transcoding with hardware encoders"],
      ["SegmentVerification", "A second opinion on a transcoded segment"],
    ] as const) {
      this.services.set(idOf(name), { name, metadata, definer: ZERO_ADDRESS, deposit: 0n });
    }
  }

  // --- Services ---

  defineService(caller: Address, name: string, metadata: string): string {
    this.defining.requireOn();
    needLength(name, 1n, MAX_NAME);
    needLength(metadata, 0n, MAX_TEXT);
    const id = idOf(name);
    need(!this.services.has(id), "ServiceRegistryServiceExists", id);
    this.#token.take(caller, this.#address, this.serviceDeposit);

    this.services.set(id, { name, metadata, definer: caller, deposit: this.serviceDeposit });
    return id;
  }

  withdrawService(caller: Address, id: string): void {
    const { definer, deposit } = this.#service(id);
    need(caller === definer, "ServiceRegistryNotDefiner", caller, definer);
    const offers = BigInt(this.members(id, ALL_REGIONS).length);
    need(offers === 0n, "ServiceRegistryServiceOffered", id, offers);
    const { module, fromRound } = this.#latest(id);
    const free = module === ZERO_ADDRESS && fromRound <= this.#around.round;
    need(free, "ServiceRegistryServiceVerified", id, module, fromRound);

    this.services.delete(id);
    this.#token.balances.move(this.#address, definer, deposit);
  }

  // --- Offers ---

  setServiceURI(caller: Address, uri: string): void {
    need(this.#around.isRegistered(caller), "ServiceRegistryNotRegistered", caller);
    needLength(uri, 1n, MAX_TEXT);

    this.#offers.set(caller, { ...this.offer(caller), uri });
  }

  setServices(caller: Address, ids: readonly string[]): void {
    const offer = this.offer(caller);
    need(this.#around.isRegistered(caller), "ServiceRegistryNotRegistered", caller);
    need(ids.length <= MAX_SERVICES, "ServiceRegistryTooMany", BigInt(ids.length), MAX_SERVICES);
    for (const [i, id] of ids.entries()) {
      const previous = ids[i - 1];
      need(previous === undefined || previous < id, "ServiceRegistryServicesNotAscending", previous, id);
      this.#service(id);
    }
    need(ids.length === 0 || offer.uri !== "", "ServiceRegistryNoURI", caller);
    needPairs(ids.length, offer.regions.length);

    this.#change(caller, { ...offer, services: ids });
  }

  setRegions(caller: Address, regions: readonly bigint[]): void {
    const offer = this.offer(caller);
    need(this.#around.isRegistered(caller), "ServiceRegistryNotRegistered", caller);
    need(regions.length <= MAX_REGIONS, "ServiceRegistryTooMany", BigInt(regions.length), MAX_REGIONS);
    for (const [i, region] of regions.entries()) {
      const previous = regions[i - 1];
      need(region >> 56n === 8n, "ServiceRegistryNotACell", region);
      need(previous === undefined || previous < region, "ServiceRegistryRegionsNotAscending", previous, region);
    }
    needPairs(offer.services.length, regions.length);

    this.#change(caller, { ...offer, regions });
  }

  /** Answers whether the offer is listed now. */
  refresh(orchestrator: Address): boolean {
    const offer = this.offer(orchestrator);
    const listed = this.#mayBeListed(orchestrator, offer);
    if (listed !== offer.listed) this.#change(orchestrator, offer);
    return listed;
  }

  // --- Governance ---

  approveVerification(id: string, module: Address, program: string): bigint {
    this.#service(id);
    const none = module === ZERO_ADDRESS;
    need(none === (program === ZeroHash), "ServiceRegistryIncompleteVerification", module, program);
    need(none || this.#around.hasCode(module), "ServiceRegistryModuleWithoutCode", module);
    const latest = this.#latest(id);
    need(latest.fromRound <= this.#around.round, "ServiceRegistryVerificationPending", id, latest.fromRound);
    const same = module === latest.module && program === latest.program;
    need(!same, "ServiceRegistryVerificationUnchanged", id, module, program);

    const fromRound = this.#around.round + this.#around.unbondingPeriod + 1n;
    this.#verifications.set(id, [...(this.#verifications.get(id) ?? []), { module, fromRound, program }]);
    return fromRound;
  }

  cancelVerification(id: string): void {
    const latest = this.#latest(id);
    need(latest.fromRound > this.#around.round, "ServiceRegistryNothingPending", id);

    this.#verifications.set(
      id,
      this.#verifications.get(id)!.filter((verification) => verification !== latest),
    );
  }

  setParameters(serviceDeposit: bigint): void {
    need(
      serviceDeposit >= MIN_SERVICE_DEPOSIT && serviceDeposit <= MAX_SERVICE_DEPOSIT,
      "ServiceRegistryDepositOutOfBounds",
      serviceDeposit,
      MIN_SERVICE_DEPOSIT,
      MAX_SERVICE_DEPOSIT,
    );

    this.serviceDeposit = serviceDeposit;
  }

  // --- Views ---

  offer(orchestrator: Address): Offer {
    return this.#offers.get(orchestrator) ?? NO_OFFER;
  }

  verificationAt(id: string, round: bigint): Verification {
    const past = (this.#verifications.get(id) ?? []).filter(({ fromRound }) => fromRound <= round);
    return past.at(-1) ?? NO_VERIFICATION;
  }

  /** Whose offers the list of a service and a region holds. */
  members(service: string, region: bigint): Address[] {
    const named = ({ services, regions, listed }: Offer) =>
      listed &&
      services.includes(service) &&
      (region === ALL_REGIONS || (region === NO_REGION ? regions.length === 0 : regions.includes(region)));
    return [...this.#offers].filter(([, offer]) => named(offer)).map(([orchestrator]) => orchestrator);
  }

  /** All that the pages of a list show together. */
  list(service: string, region: bigint, minStake: bigint): Address[] {
    this.#service(service);
    return this.members(service, region).filter(
      (orchestrator) => this.#around.isActive(orchestrator) && this.#around.stake(orchestrator) >= minStake,
    );
  }

  // --- Internals ---

  #change(orchestrator: Address, offer: Offer): void {
    const listed = this.#mayBeListed(orchestrator, offer);
    if (listed) for (const service of offer.services) this.#service(service);
    this.#offers.set(orchestrator, { ...offer, listed });
  }

  #mayBeListed(orchestrator: Address, { services }: Offer): boolean {
    return services.length > 0 && this.#around.isActive(orchestrator);
  }

  #service(id: string): Service {
    const service = this.services.get(id);
    need(service !== undefined, "ServiceRegistryUnknownService", id);
    return service;
  }

  #latest(id: string): Verification {
    return this.#verifications.get(id)?.at(-1) ?? NO_VERIFICATION;
  }
}

function needLength(text: string, least: bigint, most: bigint): void {
  const length = BigInt(Buffer.byteLength(text));
  need(length >= least && length <= most, "ServiceRegistryLengthOutOfBounds", length, least, most);
}

function needPairs(services: number, regions: number): void {
  const pairs = BigInt(services * Math.max(regions, 1));
  need(pairs <= MAX_PAIRS, "ServiceRegistryTooManyPairs", pairs, MAX_PAIRS);
}
