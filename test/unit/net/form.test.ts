import { expect } from "chai";
import fc from "fast-check";
import { isStreamflowError } from "../../../offchain/errors.ts";
import { decodeForm, encodeForm, onlyFile } from "../../../offchain/net/form.ts";

function codeOf(action: () => unknown): unknown {
  try {
    action();
    return "accepted";
  } catch (error) {
    return isStreamflowError(error) ? error.code : error;
  }
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("forms", () => {
  const contents = fc.array(fc.uint8Array({ maxLength: 3_000 }), { maxLength: 4 });

  it("carry JSON and any bytes both ways unchanged", () => {
    fc.assert(
      fc.property(fc.jsonValue(), contents, (value, all) => {
        const files = all.map((bytes, index) => ({ field: "rendition", name: `r${index}.ts`, bytes }));
        const { body, contentType } = encodeForm({ json: { value }, files });
        const form = decodeForm(body, contentType);
        expect(form.json.value).to.deep.equal(JSON.parse(JSON.stringify(value)));
        expect(form.files.map(({ name, bytes }) => [name, hex(bytes)])).to.deep.equal(
          files.map(({ name, bytes }) => [name, hex(bytes)]),
        );
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  it("are read by the platform's own decoder, and read what its encoder wrote", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), contents, async (value, all) => {
        const { body, contentType } = encodeForm({
          json: { value },
          files: all.map((bytes, index) => ({ field: "rendition", name: `r${index}`, bytes })),
        });
        const read = await new Response(body as Buffer<ArrayBuffer>, {
          headers: { "content-type": contentType },
        }).formData();
        expect(JSON.parse(read.get("value") as string)).to.deep.equal(JSON.parse(JSON.stringify(value)));
        const files = await Promise.all(
          read.getAll("rendition").map(async (file) => hex(new Uint8Array(await (file as File).arrayBuffer()))),
        );
        expect(files).to.deep.equal(all.map(hex));

        const data = new FormData();
        data.append("value", JSON.stringify(value));
        all.forEach((bytes, index) => data.append("rendition", new Blob([bytes]), `r${index}`));
        const response = new Response(data);
        const form = decodeForm(
          Buffer.from(await response.clone().arrayBuffer()),
          response.headers.get("content-type") ?? "",
        );
        expect(form.json.value).to.deep.equal(JSON.parse(JSON.stringify(value)));
        expect(form.files.map(({ bytes }) => hex(bytes))).to.deep.equal(all.map(hex));
      }),
      { numRuns: 60, seed: 9 },
    );
  });

  it("are refused with a code when they are cut, repeated, too many or no JSON", () => {
    const { body, contentType } = encodeForm({
      json: { a: 1 },
      files: [{ field: "media", name: "m", bytes: Buffer.alloc(500) }],
    });
    for (let length = 0; length < body.length - 4; length += 3)
      expect(
        codeOf(() => decodeForm(body.subarray(0, length), contentType)),
        `${length}`,
      ).to.equal("RequestInvalid");
    for (const type of [
      "",
      "text/plain",
      "multipart/form-data",
      "multipart/form-data; boundary=",
      `multipart/mixed; boundary=${"x".repeat(20)}`,
    ]) {
      expect(
        codeOf(() => decodeForm(body, type)),
        type,
      ).to.equal("RequestInvalid");
    }
    expect(codeOf(() => decodeForm(body, contentType, 1))).to.equal("RequestInvalid");
    expect(codeOf(() => decodeForm(body, contentType, 2))).to.equal("accepted");

    const raw = (content: string) => codeOf(() => decodeForm(Buffer.from(content), "multipart/form-data; boundary=b"));
    const part = (headers: string, content: string) => `--b\r\n${headers}\r\n\r\n${content}\r\n`;
    const named = (name: string) => `Content-Disposition: form-data; name="${name}"`;
    expect(raw(`${part(named("a"), "1")}--b--\r\n`)).to.equal("accepted");
    expect(raw(`${part(named("a"), "1")}${part(named("a"), "2")}--b--`), "repeated").to.equal("RequestInvalid");
    expect(raw(`${part(named("a"), "{")}--b--`), "broken JSON").to.equal("RequestInvalid");
    expect(raw(`${part(named("../a"), "1")}--b--`), "unusable name").to.equal("RequestInvalid");
    expect(raw(`${part(`${named("a")}; filename="../../etc/passwd"`, "1")}--b--`), "unusable file name").to.equal(
      "RequestInvalid",
    );
    expect(raw(`${part(named("a"), `"${"x".repeat(70_000)}"`)}--b--`), "large JSON").to.equal("RequestInvalid");
    expect(raw(`${part(`X: ${"y".repeat(2_000)}\r\n${named("a")}`, "1")}--b--`), "large headers").to.equal(
      "RequestInvalid",
    );
  });

  it("survive noise: every input is an answer or a coded error", () => {
    const { body, contentType } = encodeForm({
      json: { a: [1, 2] },
      files: [{ field: "media", name: "m", bytes: Buffer.alloc(300, 9) }],
    });
    const flip = fc.record({ at: fc.nat(body.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 20 }), (flips) => {
        const mutated = Buffer.from(body);
        for (const { at, to } of flips) mutated[at] = to;
        expect(codeOf(() => decodeForm(mutated, contentType))).to.be.oneOf(["accepted", "RequestInvalid"]);
      }),
      { numRuns: 2_000, seed: 11 },
    );
  });

  it("give the one file of a field, or say how many there are", () => {
    const file = { field: "media", name: "m", bytes: Buffer.from("x") };
    expect(Buffer.from(onlyFile({ json: {}, files: [file] }, "media")).toString()).to.equal("x");
    expect(() => onlyFile({ json: {}, files: [] }, "media")).to.throw("it has 0");
    expect(() => onlyFile({ json: {}, files: [file, file] }, "media")).to.throw("it has 2");
  });
});
