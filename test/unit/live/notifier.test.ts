import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { Notifier, readWebhookKey, type StreamEvent } from "../../../offchain/live/notifier.ts";
import { Clock__Fake } from "../pm/Clock__Fake.ts";
import { expectCode } from "../pm/coded.ts";

const KEY = Buffer.alloc(32, 7);
const LOG = pino({ level: "silent" });

interface Told {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const begun = (name: string): StreamEvent => ({ type: "stream.begun", name, stream: "0x11", protocol: "rtmp" });
const namesOf = (told: readonly Told[]) =>
  told.map(({ body }) => (JSON.parse(body) as { data: { name: string } }).data.name);

describe("a service that is told of streams", () => {
  let server: Server;
  let url: string;
  let told: Told[];
  /** What it answers, and 200 when there is none left. */
  let answers: number[];
  let clock: Clock__Fake;

  beforeEach(async () => {
    [told, answers] = [[], []];
    clock = new Clock__Fake();
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        told.push({ headers: request.headers, body });
        const answer = answers.shift() ?? 200;
        response.writeHead(answer, answer === 302 ? { location: `${url}elsewhere` } : {}).end();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const open = (key: Buffer | null = KEY) => new Notifier({ url, key, timeoutMs: 5_000 }, { clock, log: LOG });

  it("gets each event once, in their order, when it takes them", async () => {
    const notifier = open();
    for (const name of ["a", "b", "c"]) notifier.notify(begun(name));
    await notifier.close();
    expect(namesOf(told)).to.deep.equal(["a", "b", "c"]);
    const { type, timestamp, data } = JSON.parse(told[0]!.body) as Record<string, unknown>;
    expect(type).to.equal("stream.begun");
    expect(timestamp).to.equal(new Date(clock.now()).toISOString());
    expect(data).to.deep.equal({ name: "a", stream: "0x11", protocol: "rtmp" });
  });

  it("can tell from the signature who has sent it, and that nothing was changed", async () => {
    const notifier = open();
    notifier.notify(begun("a"));
    await notifier.close();
    const { headers, body } = told[0]!;
    // As https://www.standardwebhooks.com says.
    const signed = `${headers["webhook-id"] as string}.${headers["webhook-timestamp"] as string}.${body}`;
    const [version, signature] = (headers["webhook-signature"] as string).split(",") as [string, string];
    expect(version).to.equal("v1");
    const expected = createHmac("sha256", KEY).update(signed).digest();
    expect(timingSafeEqual(Buffer.from(signature, "base64"), expected)).to.equal(true);
    expect(headers["webhook-timestamp"]).to.equal(`${Math.floor(clock.now() / 1_000)}`);
  });

  it("gets no signature without a secret", async () => {
    const notifier = open(null);
    notifier.notify(begun("a"));
    await notifier.close();
    expect(told[0]!.headers).not.to.have.property("webhook-signature");
  });

  it("is told again what it did not take, with the same id, before anything else; and is sent nowhere else", async () => {
    answers = [500, 302, 404];
    const notifier = open();
    notifier.notify(begun("a"));
    notifier.notify(begun("b"));
    await clock.runUntil(notifier.close());
    expect(namesOf(told)).to.deep.equal(["a", "a", "a", "a", "b"]);
    expect(new Set(told.slice(0, 4).map(({ headers }) => headers["webhook-id"])).size).to.equal(1);
  });

  it("N3: is given up after five attempts, and told what came later", async () => {
    answers = Array<number>(5).fill(503);
    const notifier = open();
    notifier.notify(begun("a"));
    notifier.notify(begun("b"));
    await clock.runUntil(notifier.close());
    expect(namesOf(told)).to.deep.equal([...Array<string>(5).fill("a"), "b"]);
  });

  it("N3: has no more than 1,000 events wait for it: the oldest go", async () => {
    answers = [503];
    const notifier = open();
    for (let i = 0; i <= 1_002; i++) notifier.notify(begun(`${i}`));
    await clock.runUntil(notifier.close());
    const names = namesOf(told);
    expect(new Set(names).size).to.equal(1_001);
    expect(names[0]).to.equal("0");
    expect(names.slice(0, 4)).to.deep.equal(["0", "0", "3", "4"]);
    expect(names.at(-1)).to.equal("1002");
  });
});

describe("a webhook's secret", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "streamflow-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("is whsec_ and base64 of 24 bytes or more", async () => {
    const file = join(dir, "secret");
    await writeFile(file, `whsec_${KEY.toString("base64")}\n`);
    expect(await readWebhookKey(file)).to.deep.equal(KEY);
    for (const text of ["", KEY.toString("base64"), "whsec_", `whsec_${Buffer.alloc(16).toString("base64")}`]) {
      await writeFile(file, text);
      await expectCode(readWebhookKey(file), "ConfigInvalid");
    }
    await expectCode(readWebhookKey(join(dir, "none")), "ConfigInvalid");
  });
});
