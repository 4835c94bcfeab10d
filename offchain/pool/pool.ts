import type { Logger } from "pino";
import { isStreamflowError, messageOf, StreamflowError } from "../errors.ts";
import type { TranscodedRendition } from "../media/interface.ts";
import type { Clock } from "../pm/interface.ts";
import { Conduct } from "./conduct.ts";
import type { Place, PoolCounts, Transcoder, TranscoderPool, Work } from "./interface.ts";
import { Member } from "./member.ts";

/** Transcoders that one segment may take down with it: after that it is the segment. */
const MOST_LOSSES = 3;

/** A transcoder's stay in the pool. */
export interface Membership {
  /** Removes it; its running work is its own to end. */
  readonly leave: () => void;
  /** It gets no more work. Resolves when it has none. */
  readonly drain: () => Promise<void>;
}

/** Work that waits for a transcoder. */
interface Applicant {
  readonly work: Work;
  /** Who has failed at it. */
  readonly except: Member | null;
  readonly give: (member: Member) => void;
  readonly refuse: (error: StreamflowError) => void;
}

interface Failure {
  readonly member: Member;
  readonly error: unknown;
}

/**
 * Gives each segment to the transcoder that is expected to be done with it first. What was lost or failed waits for its next transcoder
 * before what comes later; nobody has more than it can do at a time.
 */
export class Pool implements TranscoderPool {
  readonly #clock: Pick<Clock, "now">;
  readonly #log: Logger | undefined;
  readonly #members = new Set<Member>();
  /** By name: who comes back is not a stranger. As many as there are credentials. */
  readonly #conduct = new Map<string, Conduct>();
  readonly #applicants = new Set<Applicant>();
  readonly #counts = { done: 0, lost: 0, failed: 0, moved: 0 };
  /** Places that are reserved and on no transcoder: nothing is done on them yet, or no more. */
  #pledged = 0;

  constructor(modules: { readonly clock: Pick<Clock, "now">; readonly log?: Logger }) {
    this.#clock = modules.clock;
    this.#log = modules.log;
  }

  add(transcoder: Transcoder): Membership {
    const { name } = transcoder;
    const conduct = this.#conduct.get(name) ?? new Conduct();
    this.#conduct.set(name, conduct);
    const member = new Member(transcoder, { conduct, clock: this.#clock });
    this.#members.add(member);
    this.#match();
    return {
      leave: () => {
        this.#members.delete(member);
        this.#match();
      },
      drain: () => {
        const drained = member.drain();
        this.#match();
        return drained;
      },
    };
  }

  capacity(): number {
    let sum = 0;
    for (const { places } of this.#members) sum += places;
    return sum;
  }

  counts(): PoolCounts {
    return { ...this.#counts };
  }

  reserve(): Place {
    let free = 0;
    for (const member of this.#members) free += member.free;
    if (this.#pledged >= free) {
      const capacity = this.capacity();
      throw new StreamflowError("CapacityExceeded", `all ${capacity} places of the pool are taken`, { capacity });
    }
    this.#pledged++;
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) this.#pledged--;
        isHeld = false;
      },
      // Failures are no matter of pace: one who sends what nobody can do must not have others refused.
      expected: (work) =>
        Math.min(...[...this.#members].filter(({ free }) => free > 0).map((member) => member.expected(work))),
      transcode: (work, signal) => this.#transcode(work, signal),
    };
  }

  async #transcode(work: Work, signal: AbortSignal): Promise<TranscodedRendition[]> {
    const deadline = performance.now() + work.timeoutMs;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(work.timeoutMs)]);
    let failure: Failure | null = null;
    for (let losses = 0; ;) {
      const member: Member = await this.#assign(work, failure, inTime);
      const timeoutMs = Math.max(1, Math.round(deadline - performance.now()));
      try {
        const results = await member.run({ ...work, timeoutMs }, signal);
        this.#succeeded(member, failure);
        return results;
      } catch (error) {
        if (signal.aborted) throw error;
        if (isStreamflowError(error, "TranscoderLost")) {
          this.#members.delete(member);
          this.#counts.lost++;
          losses++;
          this.#log?.warn({ transcoder: member.transcoder.name }, "transcoder lost with a segment in its hands");
          if (losses >= MOST_LOSSES)
            throw new StreamflowError(
              "TranscodeFailed",
              `${losses} transcoders were lost with it`,
              {},
              { cause: error },
            );
        } else {
          this.#failed(member, error);
          if (failure !== null || inTime.aborted) throw error;
          failure = { member, error };
        }
        this.#counts.moved++;
      } finally {
        member.giveBack();
        this.#pledged++;
        this.#match();
      }
    }
  }

  #succeeded(member: Member, failure: Failure | null): void {
    this.#counts.done++;
    member.conduct.succeeded();
    if (failure === null) return;
    const { transcoder, conduct } = failure.member;
    const breakMs = conduct.disproved(this.#clock.now());
    if (breakMs > 0)
      this.#log?.error({ transcoder: transcoder.name, breakMs }, "transcoder left out: others do what it fails at");
  }

  #failed(member: Member, error: unknown): void {
    const { transcoder, conduct } = member;
    this.#counts.failed++;
    // Who is full is not broken.
    if (!isStreamflowError(error, "CapacityExceeded")) conduct.failed();
    this.#log?.warn({ transcoder: transcoder.name, detail: messageOf(error) }, "transcoder failed at a segment");
  }

  /** A transcoder for the work, with a place taken. Who waits when nobody is left that could do it gets the failure that it has, or `TranscoderLost`. */
  #assign(work: Work, failure: Failure | null, inTime: AbortSignal): Promise<Member> {
    return new Promise<Member>((resolve, reject) => {
      const settle = (next: () => void) => {
        inTime.removeEventListener("abort", onAbort);
        this.#applicants.delete(applicant);
        next();
      };
      const refuse = (error: StreamflowError) =>
        settle(() => reject(failure?.error instanceof Error ? failure.error : error));
      const onAbort = () => refuse(new StreamflowError("TranscodeFailed", "no place became free in time"));
      const applicant: Applicant = {
        work,
        except: failure?.member ?? null,
        give: (member) => settle(() => resolve(member)),
        refuse,
      };
      this.#applicants.add(applicant);
      inTime.addEventListener("abort", onAbort);
      if (inTime.aborted) onAbort();
      else this.#match();
    });
  }

  /** Whoever waits gets the best that is free, the first comer first. */
  #match(): void {
    for (const { work, except, give, refuse } of [...this.#applicants]) {
      const able = [...this.#members].filter((member) => member !== except && member.places > 0);
      if (able.length === 0) refuse(new StreamflowError("TranscoderLost", "no transcoder is left that could do it"));
      const best = quickest(
        able.filter(({ free }) => free > 0),
        work,
      );
      if (best === null) continue;
      best.take();
      this.#pledged--;
      give(best);
    }
  }
}

/** Who is expected to be done first; among equals the least loaded. */
function quickest(members: readonly Member[], work: Work): Member | null {
  let best: { readonly member: Member; readonly ms: number } | null = null;
  for (const member of members) {
    const ms = member.doubtful(work);
    if (best === null || ms < best.ms || (ms === best.ms && member.load < best.member.load)) best = { member, ms };
  }
  return best?.member ?? null;
}
