import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect } from "chai";
import { cutSegments, planIngest } from "../../offchain/media/cut.ts";
import { parseSegment } from "../../offchain/media/mpegts.ts";
import { probeInput } from "../../offchain/media/probe.ts";
import type { RoleProcess } from "../../tasks/devnet/processes.ts";
import { makeClip, testRunner } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { Player, pushClip } from "../fixtures/live.ts";
import { hasNginx, startForwarder } from "../fixtures/nginx.ts";

const KEYS = [
  { name: "movie", key: "correct-horse" },
  { name: "other", key: "battery-staple" },
];
const BEARER = { authorization: "Bearer correct-horse" };
const SECONDS = 6;
const FRAMES = 30 * SECONDS;
/** {1} Pictures from one keyframe of the clip to the next. */
const GROUP = 60;
const COPY = ["-c", "copy"];

interface Gateway {
  readonly process: RoleProcess;
  readonly url: string;
  readonly rtmp: string;
  readonly player: Player;
}

/** As an encoder of the live network sends it. */
interface Push {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly headers?: Record<string, string>;
}

describe("live streams", () => {
  let net: TestNetwork;
  let gateway: Gateway;
  let clip: string;
  let segments: Buffer[];

  before(async () => {
    net = await startTestNetwork();
    clip = await makeClip({ seconds: SECONDS, file: join(net.dir, "clip.mp4"), size: "320x180" });
    const { ffmpeg } = await testRunner();
    const plan = planIngest(await probeInput(ffmpeg, { path: clip }));
    segments = [];
    for await (const { bytes } of cutSegments(ffmpeg, { path: clip }, plan)) segments.push(bytes);
    await writeFile(join(net.dir, "keys.json5"), JSON.stringify(KEYS));
    gateway = await start({ keysFile: join(net.dir, "keys.json5"), reconnectMs: 60_000 });
  });
  after(() => net.close());

  async function start(live: object): Promise<Gateway> {
    const process = await net.devnet.startBroadcaster({
      out: join(net.dir, "live"),
      ladder: [{ name: "120p", shortSide: 120 }],
      selection: { maximumPrice: "1000000000000000" },
      live: {
        listen: { port: 0, rtmpPort: 0 },
        record: true,
        deadlineMs: 60_000,
        reorderMs: 10_000,
        webhookMs: 60_000,
        ...live,
      },
    });
    const { url, rtmpPort } = await process.line("ready");
    return {
      process,
      url: String(url),
      rtmp: `rtmp://127.0.0.1:${String(rtmpPort)}/live`,
      player: new Player(String(url)),
    };
  }

  function put({ number, bytes, headers = {} }: Push, name = "movie"): Promise<Response> {
    return fetch(`${gateway.url}/live/${name}/${number}.ts`, {
      method: "PUT",
      body: new Uint8Array(bytes),
      headers: { ...BEARER, "content-resolution": "320x180", "content-duration": "2000", ...headers },
    });
  }

  const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

  /** The encoder says that it is done; resolves with the account of the stream. */
  async function finish(name = "movie"): Promise<Record<string, unknown>> {
    const end = gateway.process.line("stream ended");
    const response = await fetch(`${gateway.url}/live/${name}`, { method: "DELETE", headers: BEARER });
    expect(response.status).to.equal(204);
    return end;
  }

  it("takes what ffmpeg's HLS muxer pushes, while players follow, and is complete at the end", async () => {
    const end = gateway.process.line("stream ended");
    const published = gateway.process.line("segment delivered");
    const pushing = pushClip(clip, [
      ...COPY,
      ...["-f", "hls", "-hls_time", "2", "-method", "PUT", "-http_persistent", "1"],
      ...["-headers", "Authorization: Bearer correct-horse\r\n"],
      ...["-hls_segment_filename", `${gateway.url}/live/movie/%d.ts`, `${gateway.url}/live/movie/index.m3u8`],
    ]);
    await published;
    const window = await gateway.player.window("movie", "120p");
    expect(window.endlist).to.equal(false);
    expect(window.playlistType).to.equal(undefined);
    expect(window.segments[0]?.programDateTime).to.be.instanceOf(Date);
    await pushing;
    expect((await end)["missing"]).to.deep.equal([]);
    const { playlist } = await gateway.player.recording("movie", "120p");
    expect([playlist.endlist, playlist.playlistType]).to.deep.equal([true, "VOD"]);
    for (const variant of ["120p", "source"]) expect(await gateway.player.frames("movie", variant)).to.equal(FRAMES);
  });

  it("takes a transport stream by POST, which ends with the request", async () => {
    const end = gateway.process.line("stream ended");
    await pushClip(clip, [...COPY, "-f", "mpegts", "-method", "POST", `${gateway.url}/live/other?key=battery-staple`]);
    expect((await end)["missing"]).to.deep.equal([]);
    for (const variant of ["120p", "source"]) expect(await gateway.player.frames("other", variant)).to.equal(FRAMES);
  });

  it("takes RTMP, and a publisher that comes back within the window goes on with its stream", async () => {
    for (const realtime of [true, false]) {
      const gone = gateway.process.line("RTMP publisher gone");
      await pushClip(clip, [...COPY, "-f", "flv", `${gateway.rtmp}/movie?key=correct-horse`], { realtime });
      await gone;
    }
    const report = await finish();
    expect(report["missing"]).to.deep.equal([]);
    expect(await gateway.player.frames("movie", "120p")).to.equal(2 * FRAMES);
    const { playlist } = await gateway.player.recording("movie", "source");
    expect(playlist.segments.filter(({ discontinuity }) => discontinuity)).to.have.length(1);
  });

  it("takes what an existing media server forwards", async function () {
    if (!hasNginx()) {
      process.stderr.write("      notice: nginx with its RTMP module is not there, forwarding is not tested\n");
      this.skip();
    }
    const forwarder = await startForwarder(`${gateway.rtmp}/other?key=battery-staple`);
    try {
      const gone = gateway.process.line("RTMP publisher gone");
      await pushClip(clip, [...COPY, "-f", "flv", `${forwarder.url}/camera`]);
      await gone;
      const end = gateway.process.line("stream ended");
      const headers = { authorization: "Bearer battery-staple" };
      expect((await fetch(`${gateway.url}/live/other`, { method: "DELETE", headers })).status).to.equal(204);
      expect((await end)["missing"]).to.deep.equal([]);
      // nginx forwards from the first keyframe after its own connection stands.
      for (const variant of ["120p", "source"])
        expect(await gateway.player.frames("other", variant)).to.be.within(FRAMES - GROUP, FRAMES);
    } finally {
      await forwarder.close();
    }
  });

  it("encodes anew what cannot be cut or has another codec", async () => {
    for (const [output, reason] of [
      [["-c:v", "mpeg2video", "-c:a", "mp2"], "mpeg2video"],
      [["-c:v", "libx264", "-preset", "ultrafast", "-g", "1000", "-c:a", "aac"], "ms apart"],
    ] as const) {
      const end = gateway.process.line("stream ended");
      const anew = gateway.process.line("a stream is encoded anew on ingest");
      const url = `${gateway.url}/live/other?key=battery-staple`;
      await pushClip(clip, [...output, "-f", "mpegts", "-method", "POST", url], { realtime: false });
      expect(String((await anew)["reasons"])).to.include(reason);
      expect((await end)["missing"]).to.deep.equal([]);
      expect(await gateway.player.frames("other", "120p")).to.equal(FRAMES);
    }
  });

  it("answers with the renditions when it is asked to, once for each segment, in the encoder's order", async () => {
    const multipart = { accept: "multipart/mixed" };
    const pushes = [5, 7, 6].map((number, index) => ({
      ...{ number, headers: multipart },
      bytes: segments[[0, 2, 1][index]!]!,
    }));
    // The last two overtake each other.
    const answers = [await put(pushes[0]!)];
    answers.push(...(await Promise.all([put(pushes[1]!), put(pushes[2]!), put(pushes[2]!)])));
    const parts: Buffer[] = [];
    for (const answer of answers) {
      expect(answer.status).to.equal(200);
      expect(answer.headers.get("content-type")).to.match(/^multipart\/mixed; boundary=/);
      const body = Buffer.from(await answer.arrayBuffer());
      const head = body.toString("latin1", 0, body.indexOf("\r\n\r\n"));
      expect(head).to.match(/^Rendition-Name: 120p\r?$/m);
      const length = Number(/^Content-Length: (\d+)/m.exec(head)?.[1]);
      const start = body.indexOf("\r\n\r\n") + 4;
      parts.push(body.subarray(start, start + length));
    }
    for (const part of parts) expect(parseSegment(part).video.height).to.equal(120);
    expect(parts[3]!.equals(parts[2]!), "a repetition has the same answer").to.equal(true);
    const report = await finish();
    expect(report["segments"]).to.equal(3);
    const { segments: recorded } = await gateway.player.recording("movie", "source");
    expect(recorded.map((bytes) => segments.findIndex((one) => one.equals(bytes!)))).to.deep.equal([0, 1, 2]);
  });

  it("refuses what it cannot use, and says why", async () => {
    const refused = async (push: Push, name?: string) => codeOf(await put(push, name));
    const bytes = segments[0]!;
    expect(await refused({ number: 0, bytes, headers: { authorization: "Bearer wrong" } })).to.equal(
      "StreamKeyInvalid",
    );
    expect(await refused({ number: 0, bytes }, "other")).to.equal("StreamKeyInvalid");
    expect(await refused({ number: 0, bytes }, "nobody")).to.equal("StreamKeyInvalid");
    expect(await refused({ number: 0, bytes: Buffer.alloc(1_880) })).to.equal("SegmentInvalid");
    expect(await refused({ number: 0, bytes, headers: { "content-resolution": "big" } })).to.equal("RequestInvalid");
    expect(await refused({ number: 0, bytes: Buffer.alloc(34_000_000, 0x47) })).to.equal("BodyTooLarge");
    expect(await codeOf(await fetch(`${gateway.url}/live/a%2Fb/0.ts`, { method: "PUT", body: "x" }))).to.equal(
      "RequestInvalid",
    );
    for (const path of ["/stream/movie", "/stream/..%2fkeys.json5", "/stream/movie.m3u8.tmp"])
      expect((await gateway.player.get(path)).status, path).to.equal(404);

    const ended = gateway.process.line("RTMP connection ended");
    const error = await pushClip(clip, [...COPY, "-f", "flv", `${gateway.rtmp}/movie?key=wrong`]).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(Error);
    expect((await ended)["code"]).to.equal("StreamKeyInvalid");
  });

  it("N1: goes on when all orchestrators are away, with gaps that players see, and when they are back", async () => {
    await gateway.process.close();
    gateway = await start({ keysFile: join(net.dir, "keys.json5"), reconnectMs: 60_000, deadlineMs: 15_000 });
    const multipart = { accept: "multipart/mixed" };
    expect((await put({ number: 0, bytes: segments[0]!, headers: multipart })).status).to.equal(200);
    await Promise.all(net.devnet.orchestrators.map((one) => one.kill()));
    const lost = await put({ number: 1, bytes: segments[1]!, headers: multipart });
    expect([lost.status, await codeOf(lost)]).to.deep.equal([503, "SegmentMissing"]);
    await Promise.all(net.devnet.orchestrators.map((one) => one.restart()));
    // Who was away is asked again after a pause; until then segments are missing.
    let number = 2;
    for (let status = 503; status !== 200; number++) {
      expect(number, "they have not come back").to.be.below(40);
      status = (await put({ number, bytes: segments[number % segments.length]!, headers: multipart })).status;
    }
    const report = await finish();
    expect(report["missing"]).to.include(1);
    const { playlist } = await gateway.player.recording("movie", "120p");
    expect(playlist.segments[1]?.gap).to.equal(true);
    expect(playlist.segments.at(-1)?.gap).not.to.equal(true);
    expect(playlist.segments.at(-1)?.discontinuity).to.equal(true);
    const { segments: source } = await gateway.player.recording("movie", "source");
    expect(source.every((bytes) => bytes !== null)).to.equal(true);
  });

  it("asks the operator's webhook once for each stream", async () => {
    const asked: Record<string, unknown>[] = [];
    let answer = 200;
    const webhook = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        asked.push(JSON.parse(text) as Record<string, unknown>);
        response.writeHead(answer).end(answer === 200 ? '{"ladder":[{"name":"90p","shortSide":90}]}' : "not today");
      });
    });
    await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
    const { port } = webhook.address() as AddressInfo;
    try {
      await gateway.process.close();
      gateway = await start({ webhookUrl: `http://127.0.0.1:${port}/` });
      for (const number of [0, 1]) expect((await put({ number, bytes: segments[number]! })).status).to.equal(200);
      expect(asked).to.have.length(1);
      expect(asked[0]).to.include({ event: "publish", name: "movie", key: "correct-horse", protocol: "http-push" });
      await finish();
      const variants = await gateway.player.variants("movie");
      expect([...variants.keys()], "the ladder that it named").to.have.members(["90p", "source"]);
      answer = 403;
      const refused = await put({ number: 0, bytes: segments[0]! });
      expect([refused.status, await codeOf(refused)]).to.deep.equal([403, "StreamRefused"]);
      answer = 500;
      expect(await codeOf(await put({ number: 0, bytes: segments[0]! }))).to.equal("WebhookFailed");
    } finally {
      webhook.close();
    }
  });

  it("tells the operator's service what becomes of a stream", async () => {
    const told: { type: string; data: Record<string, unknown> }[] = [];
    const ended = Promise.withResolvers<void>();
    const service = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk: Buffer) => (text += chunk.toString()));
      request.on("end", () => {
        const event = JSON.parse(text) as (typeof told)[number];
        told.push(event);
        response.end();
        if (event.type === "stream.ended") ended.resolve();
      });
    });
    await new Promise<void>((resolve) => service.listen(0, "127.0.0.1", resolve));
    const { port } = service.address() as AddressInfo;
    try {
      await gateway.process.close();
      gateway = await start({ eventsUrl: `http://127.0.0.1:${port}/` });
      for (const number of [0, 1]) expect((await put({ number, bytes: segments[number]! })).status).to.equal(200);
      await finish();
      await ended.promise;
      expect(told.map(({ type }) => type)).to.deep.equal(["stream.begun", "recording.complete", "stream.ended"]);
      expect(told[0]!.data).to.include({ name: "movie", protocol: "http-push" });
      expect(told[2]!.data).to.include({ segments: 2, missing: 0, stream: told[0]!.data["stream"] });
      const playlist = await readFile(join(net.dir, "live", told[1]!.data["playlist"] as string), "utf8");
      expect(playlist).to.contain("120p/recording.m3u8");
    } finally {
      service.close();
    }
  });

  it("does not listen to the world without keys", async () => {
    const process = await net.devnet.startBroadcaster({
      out: join(net.dir, "open"),
      live: { listen: { host: "0.0.0.0", port: 0 } },
    });
    expect(await process.exited()).to.equal(1);
    expect(process.errorOutput).to.include("ConfigInvalid");
  });
});
