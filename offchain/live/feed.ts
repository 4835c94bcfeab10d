import type { SourceSegment } from "../media/interface.ts";
import type { Connection } from "./streams.ts";

/** Gives what one connection sends to its stream, as fast as that takes it. */
export async function feed(
  segments: AsyncIterable<Omit<SourceSegment, "sequence">>,
  connection: Connection,
): Promise<void> {
  for await (const segment of segments) {
    const stream = connection.stream(segment.info);
    await stream.room();
    stream.append(segment);
  }
}
