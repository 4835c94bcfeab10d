/** What a gateway made of a segment. */
export type PushResult = "delivered" | "source only" | "refused";

export interface Pushed {
  readonly url: string;
  readonly name: string;
  readonly number: number;
  readonly bytes: Buffer;
}

/** Sends a segment to a gateway as an encoder of the live network does, and waits for its renditions. */
export async function pushSegment({ url, name, number, bytes }: Pushed, signal: AbortSignal): Promise<PushResult> {
  const response = await fetch(`${url}/live/${name}/${number}.ts`, {
    method: "PUT",
    body: new Uint8Array(bytes),
    headers: { accept: "multipart/mixed" },
    signal,
  });
  const body = Buffer.from(await response.arrayBuffer());
  if (response.status === 200) return "delivered";
  return body.includes("SegmentMissing") ? "source only" : "refused";
}
