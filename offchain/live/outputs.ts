import type { Logger } from "pino";
import { asStreamflowError } from "../errors.ts";
import { closeOutput, type LiveOutput } from "../media/hls/close.ts";
import type { HlsWriter } from "../media/interface.ts";
import type { Storage } from "../media/storage/interface.ts";
import type { StreamEvent } from "./notifier.ts";

/** A live stream's output that is to be closed, or taken out of the storage, by this process or by the next. */
export interface OpenOutput extends LiveOutput {
  /** As the encoder calls the stream. */
  readonly name: string;
  /** bytes32: the stream's. */
  readonly stream: string;
  /** Whether everything that came is in it, and only its files are left to be dealt with. */
  readonly isEnded: boolean;
}

/** Where open outputs survive the process. */
export interface OutputRows {
  all(): OpenOutput[];
  put(output: OpenOutput): void;
  markEnded(base: string): void;
  drop(base: string): void;
}

/** The same writer; `rows` know of its output until there is nothing left to be done with it. */
export function remembered(writer: HlsWriter, output: Omit<OpenOutput, "isEnded">, rows: OutputRows): HlsWriter {
  rows.put({ ...output, isEnded: false });
  return {
    append: (...given) => writer.append(...given),
    miss: (segment) => writer.miss(segment),
    end: async () => {
      rows.markEnded(output.base);
      await writer.end();
      if (output.isRecorded) rows.drop(output.base);
    },
    discard: async () => {
      await writer.discard();
      rows.drop(output.base);
    },
  };
}

/** Closes what an earlier process of this node left open. What the storage refuses is tried again when the node starts the next time. */
export async function closeLeft(
  rows: OutputRows,
  {
    storage,
    onEvent,
    log,
  }: { readonly storage: Storage; readonly onEvent: (event: StreamEvent) => void; readonly log: Logger },
): Promise<void> {
  for (const output of rows.all()) {
    const { name, stream, base, isEnded } = output;
    let isComplete: boolean;
    try {
      isComplete = await closeOutput(storage, output);
    } catch (thrown) {
      const { code, message: detail } = asStreamflowError(thrown);
      log.warn({ name, stream, base, code, detail }, "what an earlier process left stays open");
      continue;
    }
    rows.drop(base);
    log.info({ name, stream, base, isEnded, isComplete }, "what an earlier process left is closed");
    if (!isEnded) onEvent({ type: "stream.failed", name, stream, code: "Stopped" });
    if (isComplete) onEvent({ type: "recording.complete", name, stream, playlist: `${base}/recording.m3u8` });
  }
}
