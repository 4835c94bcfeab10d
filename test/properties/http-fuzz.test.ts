import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import fc from "fast-check";
import { CATALOGUE } from "../../offchain/errors.ts";
import { allowHalfOpen } from "../../offchain/live/half-open.ts";
import { PROBLEM_TYPE } from "../../offchain/net/problem.ts";
import { FUZZED, type FuzzedServer } from "../fixtures/fuzz-servers.ts";
import { encodeRequest, exchange, type RawAnswer, type RawRequest } from "../fixtures/raw-http.ts";
import { expectOften, runsOf, SEED, TIME_LIMIT } from "./effort.ts";

/** {1} Of each server. */
const REQUESTS = 500;
const ANSWER_MS = 60_000;
/** {bytes} More than any cache of a process that has answered a few hundred requests still has to grow by. */
const MOST_GROWTH = 32 * 2 ** 20;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function held(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** One change of a request, as it is understood or as it is sent. */
type Mutation = (request: RawRequest, bytes: Buffer | null) => RawRequest | Buffer;

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "CONNECT",
  "M-SEARCH",
  "get",
  "X",
];
const NAMES = [
  ...[
    "content-length",
    "transfer-encoding",
    "content-type",
    "expect",
    "connection",
    "upgrade",
    "host",
    "accept-version",
  ],
  ...["x-forwarded-for", "range", "cookie", "__proto__", "content-encoding", "x y", ""],
];
const VALUES = [
  ...["", "0", "-1", "999999999999", "chunked", "gzip, chunked", "application/json", "multipart/form-data; boundary=x"],
  ...["text/plain", "100-continue", "close", "websocket", "é\u0000", "a".repeat(9_000), "NaN", "1, 2", "Upgrade"],
];
const PATHS = [
  "/",
  "//",
  "/%zz",
  "/%00",
  "/v1/../v1/quote",
  "/segments/",
  `/${"a/".repeat(500)}`,
  "*",
  "http://x/y",
  "/?a=b",
];
const JSONS = [
  "",
  "{",
  "null",
  "[]",
  "[".repeat(5_000),
  '{"__proto__":{"x":1}}',
  '"\\ud800"',
  "1e999",
  '{"sender":{}}',
];

const position = fc.double({ min: 0, max: 1, noNaN: true });
const at = (bytes: Buffer, where: number) => Math.min(bytes.length, Math.floor(where * (bytes.length + 1)));
const onBytes =
  (change: (bytes: Buffer) => Buffer): Mutation =>
  (request, bytes) =>
    change(bytes ?? encodeRequest(request));
const onRequest =
  (change: (request: RawRequest) => RawRequest): Mutation =>
  (request, bytes) =>
    bytes ?? change(request);

/** Of what the server understands, and of bytes. */
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.constantFrom(...METHODS).map((method) => onRequest((request) => ({ ...request, method }))),
  fc.constantFrom(...PATHS).map((path) => onRequest((request) => ({ ...request, path }))),
  fc
    .string({ unit: "binary-ascii", maxLength: 40 })
    .map((path) => onRequest((request) => ({ ...request, path: `/${path}` }))),
  fc
    .tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES))
    .map(([name, value]) => onRequest((request) => ({ ...request, headers: { ...request.headers, [name]: value } }))),
  fc.constantFrom(...JSONS).map((text) => onRequest((request) => ({ ...request, body: Buffer.from(text) }))),
  fc.tuple(position, fc.jsonValue()).map(([where, value]) =>
    onRequest((request) => {
      // A value of a JSON body, or the value of a part of a form, is another one.
      const text = Buffer.from(request.body ?? []).toString("latin1");
      const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\b\d+\b/g)];
      const found = values[Math.floor(where * values.length)];
      if (found === undefined) return request;
      const end = found.index + found[0].length;
      const body = Buffer.from(text.slice(0, found.index) + JSON.stringify(value) + text.slice(end), "latin1");
      return { ...request, body };
    }),
  ),
  fc.tuple(position, fc.integer({ min: 1, max: 255 })).map(([where, mask]) =>
    onBytes((bytes) => {
      const changed = Buffer.from(bytes);
      const index = at(bytes, where);
      if (index < changed.length) changed[index]! ^= mask;
      return changed;
    }),
  ),
  fc
    .tuple(position, fc.uint8Array({ maxLength: 64 }))
    .map(([where, more]) =>
      onBytes((bytes) => Buffer.concat([bytes.subarray(0, at(bytes, where)), more, bytes.subarray(at(bytes, where))])),
    ),
  fc
    .tuple(position, position)
    .map(([from, to]) =>
      onBytes((bytes) => Buffer.concat([bytes.subarray(0, at(bytes, from)), bytes.subarray(at(bytes, to))])),
    ),
  position.map((where) => onBytes((bytes) => bytes.subarray(0, at(bytes, where)))),
  fc.constant(onBytes((bytes) => Buffer.concat([bytes, bytes]))),
);

describe("HTTP end points with mutated requests", function () {
  this.timeout(TIME_LIMIT);

  for (const [name, open] of Object.entries(FUZZED)) {
    describe(`the ${name}'s`, () => {
      let fuzzed: FuzzedServer;
      let url: URL;
      const crashes: unknown[] = [];
      const onCrash = (error: unknown) => crashes.push(error);

      before(async () => {
        process.on("unhandledRejection", onCrash);
        fuzzed = await open();
        // Who has said all is answered all the same: else nothing that takes time would ever be seen here.
        allowHalfOpen(fuzzed.server.server);
        url = new URL(await fuzzed.server.listen({ host: "127.0.0.1", port: 0 }));
      });
      after(async () => {
        process.off("unhandledRejection", onCrash);
        await fuzzed.server.close();
        fuzzed.close?.();
      });

      const send = (bytes: Uint8Array) => exchange(url, bytes, ANSWER_MS);

      it("are answered as recorded", async () => {
        for (const request of fuzzed.requests) {
          const { status, body } = await send(
            encodeRequest({ ...request, headers: { ...request.headers, connection: "close" } }),
          );
          expect(status, `${request.path}: ${body.slice(0, 200)}`).to.be.oneOf([200, 204, 500, 503]);
          if (status! >= 300)
            expect(JSON.parse(body))
              .to.have.property("code")
              .that.is.oneOf(["TranscodeFailed", "NotReady", "SegmentMissing"]);
        }
      });

      it("N3: are answered with a code or closed, whatever comes, and hold no memory", async () => {
        const codes = new Map<string, number>();
        const total = runsOf(REQUESTS);
        let sent = 0;
        let early = Infinity;
        await fc.assert(
          fc.asyncProperty(
            fc.constantFrom(...fuzzed.requests),
            fc.array(mutation, { minLength: 1, maxLength: 4 }),
            async (request, mutations) => {
              let changed: RawRequest | Buffer = request;
              for (const mutate of mutations) changed = mutate(request, Buffer.isBuffer(changed) ? changed : null);
              const code = codeOf(await send(Buffer.isBuffer(changed) ? changed : encodeRequest(changed)));
              codes.set(code, (codes.get(code) ?? 0) + 1);
              fuzzed.check?.();
              expect(crashes).to.deep.equal([]);
              if (++sent === Math.ceil(total / 3)) early = held();
            },
          ),
          { numRuns: total, seed: SEED, interruptAfterTimeLimit: 0.9 * TIME_LIMIT },
        );
        expect(held() - early, "bytes more than after a third of the requests").to.be.below(MOST_GROWTH);
        expectOften(codes.size, 3, `different answers: ${[...codes.keys()].join(", ")}`);
      });
    });
  }
});

/** The code of a refusal; `ok`, or `closed`. Anything else is a failure of the server. */
function codeOf({ status, contentType, body }: RawAnswer): string {
  if (status === null) return "closed";
  if (status < 400) return "ok";
  // Node answers these two itself, before there is a request: HTTP/1.1 without a host, and an upgrade to nothing.
  if (status === 400 && body === "") return "no HTTP";
  expect(contentType, `${status} ${body.slice(0, 200)}`).to.contain(PROBLEM_TYPE);
  // The answer to HEAD has no body.
  if (body === "") return `${status}`;
  const { code } = JSON.parse(body) as { code: string };
  expect(CATALOGUE).to.have.property(code);
  expect(code).not.to.equal("InternalError");
  return code;
}
