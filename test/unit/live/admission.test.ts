import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
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
    const credential = await by.admit(PUBLISHER);
    expect(by.isSame(credential, PUBLISHER)).to.equal(true);
    expect(by.isSame(credential, { ...PUBLISHER, key: "other" })).to.equal(false);
    expect(credential).not.to.include("secret");
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
    const error = await changing.admit(PUBLISHER).catch((thrown: unknown) => thrown as Error);
    expect(String(error)).to.include("cannot be read as JSON5").and.not.to.include("secret");
  });
});
