import type { HardwareEncoder } from "../../../offchain/media/hardware.ts";
import type { Encoder, SegmentInfo, TranscodedRendition } from "../../../offchain/media/interface.ts";
import { StreamflowError } from "../../../offchain/errors.ts";
import type { Speed, Transcoder, Work } from "../../../offchain/pool/interface.ts";

const RENDITION = { name: "240p", width: 426, height: 240, encoder: "auditable", preset: "veryfast", crf: 23 } as const;

/** Work of two seconds; only the number of frames of its source is looked at. */
export function workOf(frames = 60, encoder: Encoder = "auditable"): Work {
  return {
    media: new Uint8Array(1),
    source: { frames } as SegmentInfo,
    renditions: [{ ...RENDITION, encoder }],
    timeoutMs: 60_000,
  };
}

/** Segments that it was given and has not answered. */
interface Pending {
  readonly work: Work;
  readonly done: () => void;
  readonly fail: () => void;
  readonly lose: () => void;
}

/** Stands for a process with ffmpeg behind it: answers when the test says so. */
export class Transcoder__Fake implements Transcoder {
  readonly name: string;
  readonly capacity: number;
  readonly speed: Speed | null;
  readonly hardware: HardwareEncoder | null;
  readonly pending: Pending[] = [];

  constructor(name: string, capacity = 1, speed: Speed | null = null, hardware: HardwareEncoder | null = null) {
    this.hardware = hardware;
    this.name = name;
    this.capacity = capacity;
    this.speed = speed;
  }

  transcode(work: Work): Promise<TranscodedRendition[]> {
    return new Promise((resolve, reject) => {
      const settle = (next: () => void) => () => {
        this.pending.splice(this.pending.indexOf(pending), 1);
        next();
      };
      const refuse = (code: "TranscodeFailed" | "TranscoderLost") =>
        settle(() => reject(new StreamflowError(code, `said by ${this.name}`)));
      const pending: Pending = {
        work,
        done: settle(() => resolve([{ name: this.name } as TranscodedRendition])),
        fail: refuse("TranscodeFailed"),
        lose: refuse("TranscoderLost"),
      };
      this.pending.push(pending);
    });
  }

  /** Its oldest work. */
  get first(): Pending {
    const [first] = this.pending;
    if (first === undefined) throw new Error(`${this.name} has nothing to do`);
    return first;
  }
}
