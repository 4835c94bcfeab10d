import { expect } from "chai";
import { encodeRenditions } from "../../../offchain/live/multipart.ts";
import type { SegmentInfo } from "../../../offchain/media/interface.ts";

const info = { video: { width: 426, height: 240 }, durationMs: 2_000 } as SegmentInfo;

describe("encodeRenditions", () => {
  it("has a part per rendition, which the platform's own parser reads", async () => {
    const renditions = ["240p", "360p"].map((name, index) => ({
      name,
      info,
      bytes: Buffer.from([13, 10, 45, 45, index]),
    }));
    const { body, contentType } = encodeRenditions(12, renditions);
    // It knows forms only: the same parts, named.
    const form = body.toString("latin1").replaceAll('attachment; filename="', 'form-data; name="part"; filename="');
    const response = new Response(Buffer.from(form, "latin1"), {
      headers: { "content-type": contentType.replace("multipart/mixed", "multipart/form-data") },
    });
    const parts = (await response.formData()).getAll("part") as File[];
    expect(parts.map(({ name }) => name)).to.deep.equal(["240p_12.ts", "360p_12.ts"]);
    for (const [index, part] of parts.entries())
      expect(Buffer.from(await part.arrayBuffer()).equals(renditions[index]!.bytes)).to.equal(true);
    expect(body.toString("latin1")).to.match(
      /\r\nRendition-Name: 360p\r\nContent-Resolution: 426x240\r\nContent-Duration: 2000\r\n/,
    );
  });
});
