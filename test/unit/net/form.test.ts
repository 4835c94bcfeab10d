import { expect } from "chai";
import fc from "fast-check";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { decodeForm, encodeForm, onlyFile } from "../../../offchain/net/form.ts";

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "accepted",
    (error: unknown) => (isStreamflowError(error) ? error.code : error),
  );
}

describe("forms", () => {
  it("carry JSON and any bytes both ways unchanged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 4 }),
        async (value, contents) => {
          const files = contents.map((bytes, index) => ({ field: "rendition", name: `r${index}`, bytes }));
          const { body, contentType } = await encodeForm({ json: { value }, files });
          const form = await decodeForm(body, contentType);
          expect(form.json.value).to.deep.equal(JSON.parse(JSON.stringify(value)));
          expect(form.files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("hex")])).to.deep.equal(
            files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("hex")]),
          );
        },
      ),
      { numRuns: 60, seed: 7 },
    );
  });

  it("are refused with a code when they are cut, repeated, too many or no JSON", async () => {
    const { body, contentType } = await encodeForm({
      json: { a: 1 },
      files: [{ field: "media", name: "m", bytes: Buffer.alloc(500) }],
    });
    for (const length of [0, 1, 40, body.length - 20])
      expect(await codeOf(decodeForm(body.subarray(0, length), contentType))).to.equal("RequestInvalid");
    expect(await codeOf(decodeForm(body, "multipart/form-data"))).to.equal("RequestInvalid");
    expect(await codeOf(decodeForm(body, contentType, 1))).to.equal("RequestInvalid");

    const twice = new FormData();
    twice.append("a", "1");
    twice.append("a", "2");
    const broken = new FormData();
    broken.append("a", "{");
    for (const data of [twice, broken]) {
      const response = new Response(data);
      const bytes = Buffer.from(await response.clone().arrayBuffer());
      expect(await codeOf(decodeForm(bytes, response.headers.get("content-type") ?? ""))).to.equal("RequestInvalid");
    }
  });

  it("survive noise: every input is an answer or a coded error", async () => {
    const { body, contentType } = await encodeForm({
      json: { a: [1, 2] },
      files: [{ field: "media", name: "m", bytes: Buffer.alloc(300, 9) }],
    });
    const flip = fc.record({ at: fc.nat(body.length - 1), to: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 20 }), async (flips) => {
        const mutated = Buffer.from(body);
        for (const { at, to } of flips) mutated[at] = to;
        expect(await codeOf(decodeForm(mutated, contentType))).to.be.oneOf(["accepted", "RequestInvalid"]);
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it("give the one file of a field, or say how many there are", async () => {
    const file = { field: "media", name: "m", bytes: Buffer.from("x") };
    expect(Buffer.from(onlyFile({ json: {}, files: [file] }, "media")).toString()).to.equal("x");
    expect(() => onlyFile({ json: {}, files: [] }, "media")).to.throw("it has 0");
    expect(() => onlyFile({ json: {}, files: [file, file] }, "media")).to.throw("it has 2");
  });
});
