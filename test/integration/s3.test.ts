import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { AwsClient } from "aws4fetch";
import S3rver from "s3rver";
import { openStorage } from "../../offchain/media/storage/storage.ts";
import { codeOf } from "../unit/media/clips.ts";

/** The server's own. It looks at the name of the key, and leaves the signature to others. */
const KEY = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

describe("output in S3", () => {
  let dir: string;
  let server: S3rver;
  let endpoint: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "streamflow-"));
    server = new S3rver({
      ...{ address: "127.0.0.1", port: 0, silent: true, directory: join(dir, "s3") },
      configureBuckets: [{ name: "videos", configs: [] }],
    });
    const { port } = await server.run();
    endpoint = `http://127.0.0.1:${port}`;
    await writeFile(join(dir, "key.json"), JSON.stringify(KEY));
    await writeFile(join(dir, "wrong.json"), JSON.stringify({ ...KEY, accessKeyId: "NOBODY" }));
  });
  after(async () => {
    await server.close();
    await rm(dir, { recursive: true, force: true });
  });

  const storage = (out: string, key = "key.json") =>
    openStorage({ out, s3: { endpoint, region: "us-east-1", keyFile: join(dir, key), timeoutMs: 5_000 } });

  const read = async (path: string) => {
    const response = await new AwsClient({ ...KEY, service: "s3", region: "us-east-1" }).fetch(`${endpoint}/${path}`);
    const { headers, status } = response;
    return {
      status,
      type: headers.get("content-type"),
      cache: headers.get("cache-control"),
      text: await response.text(),
    };
  };

  it("writes, replaces and removes objects, with their types", async () => {
    const bucket = await storage("s3://videos/live");
    await bucket.put("movie/1.ts", Buffer.from("bytes"), "video/mp2t");
    await bucket.put("movie.m3u8", "first", "application/vnd.apple.mpegurl");
    await bucket.put("movie.m3u8", "second", "application/vnd.apple.mpegurl");
    expect(await read("videos/live/movie/1.ts")).to.include({ text: "bytes", type: "video/mp2t" });
    const playlist = await read("videos/live/movie.m3u8");
    expect(playlist).to.include({ text: "second", type: "application/vnd.apple.mpegurl", cache: "no-cache" });
    expect((await bucket.get("movie.m3u8"))?.toString()).to.equal("second");
    await bucket.remove("movie/1.ts");
    await bucket.remove("movie/1.ts");
    expect(await bucket.get("movie/1.ts")).to.equal(null);
    expect((await read("videos/live/movie/1.ts")).status).to.equal(404);
  });

  it("says what the service said", async () => {
    const bucket = await storage("s3://nothing");
    const error = await bucket.put("a", "b", "c").catch((thrown: unknown) => thrown as Error);
    expect(String(error)).to.match(/404 NoSuchBucket/);
    expect(await codeOf(bucket.get("a"))).to.equal("StorageFailed");
    const wrong = await storage("s3://videos", "wrong.json");
    const refusal = await wrong.put("a", "b", "c").catch((thrown: unknown) => thrown as Error);
    expect(String(refusal)).to.match(/403 InvalidAccessKeyId/);
  });

  it("is not opened without its settings", async () => {
    const s3 = { region: "us-east-1", timeoutMs: 1 };
    expect(await codeOf(openStorage({ out: "s3://videos/live", s3 }))).to.equal("ConfigInvalid");
    expect(await codeOf(openStorage({ out: "s3:videos", s3 }))).to.equal("ConfigInvalid");
  });
});
