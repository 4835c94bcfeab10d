import type { TranscodedRendition } from "../media/interface.ts";
import { isStreamflowError, StreamflowError } from "../errors.ts";
import type { Place, Transcoder, TranscoderPool, Work } from "./interface.ts";

interface Member {
  readonly transcoder: Transcoder;
  busy: number;
}

/** Gives each segment to the least loaded transcoder. */
export class Pool implements TranscoderPool {
  readonly #members = new Set<Member>();

  /** @returns a function that removes the transcoder; its running work is its own to end */
  add(transcoder: Transcoder): () => void {
    const member: Member = { transcoder, busy: 0 };
    this.#members.add(member);
    return () => void this.#members.delete(member);
  }

  capacity(): number {
    let sum = 0;
    for (const { transcoder } of this.#members) sum += transcoder.capacity;
    return sum;
  }

  reserve(): Place {
    let held: Member | undefined = this.#take();
    const release = () => {
      if (held !== undefined) held.busy--;
      held = undefined;
    };
    return {
      release,
      transcode: async (work: Work, signal: AbortSignal): Promise<TranscodedRendition[]> => {
        for (;;) {
          held ??= this.#take();
          try {
            return await held.transcoder.transcode(work, signal);
          } catch (error) {
            // A lost transcoder says nothing about the segment; a failed transcoding does.
            if (!isStreamflowError(error, "TranscoderLost") || signal.aborted) throw error;
            release();
          }
        }
      },
    };
  }

  #take(): Member {
    let best: Member | undefined;
    for (const member of this.#members) {
      const load = member.busy / member.transcoder.capacity;
      if (load < 1 && (best === undefined || load < best.busy / best.transcoder.capacity)) best = member;
    }
    if (best === undefined) {
      const capacity = this.capacity();
      throw new StreamflowError("CapacityExceeded", `all ${capacity} places of the pool are taken`, { capacity });
    }
    best.busy++;
    return best;
  }
}
