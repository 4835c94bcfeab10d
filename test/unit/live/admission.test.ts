import { once } from "node:events";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Admission, type Publisher } from "../../../offchain/live/admission.ts";
import { codeOf } from "../media/clips.ts";

const PUBLISHER: Publisher = { name: "movie", key: "secret", protocol: "rtmp", remote: "127.0.0.1" };

describe("Admission", () => {
  let dir: string;
  let keysFile: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "streamflow-"));
    keysFile = join(dir, "keys.json5");
    await writeFile(keysFile, '[{ name: "movie", key: "secret" }, { name: "none", key: "none" }]');
  });
  after(() => rm(dir, { recursive: true }));

  const admission = () => new Admission({ keysFile, webhookUrl: null, webhookMs: 1_000 });
  const admit = (changes: Partial<Publisher>, by = admission()) => codeOf(by.admit({ ...PUBLISHER, ...changes }));

  it("admits by name and key, and knows who was admitted again", async () => {
    const by = admission();
    const { credential, ladder } = await by.admit(PUBLISHER);
    expect(by.isSame(credential, PUBLISHER)).to.equal(true);
    expect(by.isSame(credential, { ...PUBLISHER, key: "other" })).to.equal(false);
    expect(credential).not.to.include("secret");
    expect(ladder).to.equal(null);
  });

  it("refuses a wrong key, no key, another's key, and a name that is not listed", async () => {
    for (const changes of [
      { key: "wrong" },
      { key: null },
      { name: "none" },
      { name: "other" },
      { name: "none", key: null },
    ])
      expect(await admit(changes), JSON.stringify(changes)).to.equal("StreamKeyInvalid");
  });

  it("reads the file again when it has changed", async () => {
    const by = admission();
    await by.admit(PUBLISHER);
    const file = join(dir, "changing.json5");
    await writeFile(file, '[{ name: "movie", key: "old" }]');
    const changing = new Admission({ keysFile: file, webhookUrl: null, webhookMs: 1_000 });
    await changing.admit({ ...PUBLISHER, key: "old" });
    await writeFile(file, '[{ name: "movie", key: "new" }]');
    await utimes(file, 1, 1);
    expect(await admit({ key: "old" }, changing)).to.equal("StreamKeyInvalid");
    await changing.admit({ ...PUBLISHER, key: "new" });
    await writeFile(file, "[{ name: 'movie' secret");
    await utimes(file, 2, 2);
    const error: unknown = await changing.admit(PUBLISHER).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(Error);
    expect((error as Error).message)
      .to.include("cannot be read as JSON5")
      .and.not.to.include("secret");
  });

  describe("the ladder of a stream", () => {
    const own = [{ name: "90p", shortSide: 90 }];
    const wanted = { ...own[0], encoder: "auditable", preset: "veryfast", crf: 23 };
    const listed = [{ name: "movie", key: "secret", ladder: [{ name: "60p", shortSide: 60 }] }];
    let server: Server;
    let answer: string;
    let url: string;
    before(async () => {
      server = createServer((request, response) => request.resume().on("end", () => response.end(answer)));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    });
    after(() => void server.close());

    const asking = (file: string | null = null) =>
      new Admission({ keysFile: file, webhookUrl: url, webhookMs: 5_000 }).admit(PUBLISHER);

    it("is what the webhook says, else the file, else nobody's", async () => {
      const file = join(dir, "ladders.json5");
      await writeFile(file, JSON.stringify(listed));
      answer = JSON.stringify({ ladder: own, forOthers: 1 });
      expect((await asking(file)).ladder).to.deep.equal([wanted]);
      for (const silent of ["", "ok", "{}"]) {
        answer = silent;
        expect((await asking(file)).ladder?.map(({ name }) => name)).to.deep.equal(["60p"]);
        expect((await asking()).ladder).to.equal(null);
      }
    });

    it("is refused when it is malformed", async () => {
      for (const ladder of [[], [{ name: "../90p", shortSide: 90 }], [...own, ...own], "90p"]) {
        answer = JSON.stringify({ ladder });
        expect(await codeOf(asking()), answer).to.equal("WebhookFailed");
      }
    });
  });
});
