import { BlockList, isIP } from "node:net";
import { StreamflowError } from "../errors.ts";
import { RateLimit } from "./rate-limit.ts";

/** What a server takes at the same time and in a time, from all together and from each peer. */
export interface TrafficLimits {
  /** {1} Connections. */
  readonly connections: number;
  readonly connectionsPerPeer: number;
  /** {1} Requests that are not answered yet. */
  readonly requests: number;
  readonly requestsPerPeer: number;
  /** {bytes} Of the bodies of these. */
  readonly bytes: number;
  /** {1} Of one peer. */
  readonly requestsPerSecond: number;
  /** {ms} How long a request's head may take to arrive. */
  readonly headersMs: number;
  /** {ms} How long an answer may take to be read. */
  readonly answerMs: number;
  /** Addresses, or ranges `address/bits`, of which `x-forwarded-for` is believed. */
  readonly trustedProxies: readonly string[];
}

export const DEFAULT_TRAFFIC: TrafficLimits = {
  connections: 2_048,
  connectionsPerPeer: 256,
  requests: 1_024,
  requestsPerPeer: 256,
  bytes: 536_870_912,
  requestsPerSecond: 200,
  headersMs: 10_000,
  answerMs: 60_000,
  trustedProxies: [],
};

/** The name under which a peer's requests are counted: its address; of IPv6 the network of 64 bits, of which one customer has all. */
export function peerOf(address: string | undefined): string {
  if (address === undefined) return "unknown";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("%", 1)[0]!.toLowerCase().split("::");
  const groups = (part: string | undefined) => (part === undefined || part === "" ? [] : part.split(":"));
  const front = groups(head);
  const missing = tail === undefined ? 0 : Math.max(0, 8 - front.length - groups(tail).length);
  const all = [...front, ...Array<string>(missing).fill("0"), ...groups(tail)];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

/** Whether a text is an address or `address/bits`. */
export function isAddressRange(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Whether an address is in one of these ranges. */
export function inRanges(ranges: readonly string[]): (address: string) => boolean {
  const known = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    const family = familyOf(address);
    if (bits === undefined) known.addAddress(address, family);
    else known.addSubnet(address, Number(bits), family);
  }
  return (address) => isIP(address) !== 0 && known.check(address, familyOf(address));
}

const familyOf = (address: string) => (isIP(address) === 6 ? "ipv6" : "ipv4");

interface UnderWay {
  requests: number;
  connections: number;
}

/** Counts what is under way, and refuses what would be too much. */
export class Traffic {
  readonly #limits: TrafficLimits;
  readonly #rate: RateLimit;
  readonly #peers = new Map<string, UnderWay>();
  #requests = 0;
  #bytes = 0;

  constructor(limits: TrafficLimits) {
    this.#limits = limits;
    this.#rate = new RateLimit({ most: limits.requestsPerSecond, everyMs: 1_000 });
  }

  /** Takes a connection, or null when the peer has too many. The answer is to be called at its end. */
  connect(peer: string): (() => void) | null {
    const counted = this.#of(peer);
    if (counted.connections >= this.#limits.connectionsPerPeer) return null;
    counted.connections++;
    return once(() => {
      counted.connections--;
      this.#forget(peer, counted);
    });
  }

  /**
   * Takes a request with a body of so many bytes at most. The answer is to be called when it is over.
   * Errors: `TooManyRequests` of the peer, `ServerBusy` because of all.
   */
  enter(peer: string, bytes: number): () => void {
    const { requests, requestsPerPeer, bytes: mostBytes, requestsPerSecond } = this.#limits;
    const waitMs = this.#rate.take(peer);
    if (waitMs > 0) throw tooMany(`more than ${requestsPerSecond} requests in a second`, waitMs);
    const counted = this.#of(peer);
    if (counted.requests >= requestsPerPeer) throw tooMany(`${counted.requests} requests are under way`, 1_000);
    if (this.#requests >= requests) throw busy("requests", this.#requests);
    // One alone always fits: how large it may be is another setting.
    if (this.#requests > 0 && this.#bytes + bytes > mostBytes) throw busy("bytes", this.#bytes);
    this.#requests++;
    this.#bytes += bytes;
    counted.requests++;
    return once(() => {
      this.#requests--;
      this.#bytes -= bytes;
      counted.requests--;
      this.#forget(peer, counted);
    });
  }

  /** {bytes} Of the bodies that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** {1} Requests under way. */
  get requests(): number {
    return this.#requests;
  }

  #of(peer: string): UnderWay {
    let counted = this.#peers.get(peer);
    if (counted === undefined) this.#peers.set(peer, (counted = { requests: 0, connections: 0 }));
    return counted;
  }

  #forget(peer: string, { requests, connections }: UnderWay): void {
    if (requests === 0 && connections === 0) this.#peers.delete(peer);
  }
}

/** @param waitMs {ms} after which it is worth another try */
export function tooMany(what: string, waitMs: number): StreamflowError {
  return new StreamflowError("TooManyRequests", what, { retryAfterSeconds: Math.ceil(waitMs / 1_000) });
}

function busy(of: string, underWay: number): StreamflowError {
  return new StreamflowError("ServerBusy", `${underWay} ${of} are under way`, { retryAfterSeconds: 1 });
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
