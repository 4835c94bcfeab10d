import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import JSON5 from "json5";
import { loadConfig } from "../../../offchain/config/load.ts";
import { SCHEMAS, type Role } from "../../../offchain/config/schema.ts";
import { settingsOf } from "../../../offchain/config/settings.ts";
import { StreamflowError } from "../../../offchain/errors.ts";
import { DEFAULT_POLICY } from "../../../offchain/pm/redemption-defaults.ts";
import { exampleOf } from "../../../scripts/config-example.ts";

const ROLES = Object.keys(SCHEMAS) as Role[];
const GAS_RESULTS = fileURLToPath(new URL("../../bench/results/gas.json", import.meta.url));
const exampleFile = (role: Role) =>
  fileURLToPath(new URL(`../../../offchain/config/examples/${role}.json5`, import.meta.url));

const ORCHESTRATOR_FLAGS = {
  "--chain-rpc-url": "http://127.0.0.1:8545",
  "--chain-deployment": "d.json",
  "--key-file": "k",
  "--data-dir": "d",
};

const FLAGS = {
  "--orchestrator": "ws://127.0.0.1:8935/v1/pool",
  "--secret-file": "transcoder.secret",
};

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(StreamflowError);
  expect((error as StreamflowError).code).to.equal("ConfigInvalid");
  return (error as StreamflowError).message;
}

describe("configuration", () => {
  let dir: string;
  const file = async (content: string) => {
    const path = join(dir, "config.json5");
    await writeFile(path, content);
    return path;
  };

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "config-"));
  });
  after(() => rm(dir, { recursive: true }));

  it("takes a certificate with its key where the node speaks TLS, and without it where a proxy does", async () => {
    for (const [flags, isRight] of [
      [{ "--tls-enabled": "true" }, true],
      [{ "--tls-enabled": "true", "--tls-certificate-file": "c", "--tls-key-file": "k" }, true],
      [{ "--tls-certificate-file": "c" }, true],
      [{ "--tls-enabled": "true", "--tls-certificate-file": "c" }, false],
      [{ "--tls-certificate-file": "c", "--tls-key-file": "k" }, false],
      [{ "--tls-enabled": "true", "--tls-key-file": "k" }, false],
    ] as const) {
      const loaded = loadConfig("orchestrator", { flags: { ...ORCHESTRATOR_FLAGS, ...flags } });
      if (isRight) await loaded;
      else expect(await refusal(loaded)).to.match(/^tls\.keyFile: /);
    }
    const serverKey = `0x${"11".repeat(32)}`;
    expect(await refusal(loadConfig("transcoder", { flags: { ...FLAGS, "--server-key": serverKey } }))).to.match(
      /^serverKey: only with/,
    );
  });

  it("refuses a key that no setting has, and names it with its group", async () => {
    expect(await refusal(loadConfig("transcoder", { file: await file("{ capcity: 2 }"), flags: FLAGS }))).to.equal(
      "capcity: no such setting",
    );
    const detail = await refusal(
      loadConfig("transcoder", { file: await file("{ ffmpeg: { pth: 'x' } }"), flags: FLAGS }),
    );
    expect(detail).to.equal("ffmpeg.pth: no such setting");
  });

  it("names every setting that is missing", async () => {
    const detail = await refusal(loadConfig("broadcaster", {}));
    for (const name of ["chain.rpcUrl", "chain.deployment", "keyFile", "dataDir", "out"])
      expect(detail).to.contain(`${name}: required`);
  });

  it("refuses values of the wrong kind or out of range, from any source", async () => {
    expect(await refusal(loadConfig("transcoder", { flags: { ...FLAGS, "--capacity": "many" } }))).to.match(
      /^capacity: /,
    );
    expect(await refusal(loadConfig("transcoder", { flags: { ...FLAGS, "--capacity": "0" } }))).to.match(/^capacity: /);
    expect(
      await refusal(loadConfig("transcoder", { flags: FLAGS, environment: { STREAMFLOW_CAPACITY: "" } })),
    ).to.match(/^capacity: /);
    expect(await refusal(loadConfig("transcoder", { flags: { ...FLAGS, "--orchestrator": "http://x" } }))).to.match(
      /^orchestrator: .*ws:/,
    );
    expect(await refusal(loadConfig("broadcaster", { flags: { "--ladder": "[" } }))).to.match(
      /^--ladder: not valid JSON/,
    );
  });

  it("refuses a file that is not there, not JSON5 or no object", async () => {
    expect(await refusal(loadConfig("transcoder", { file: join(dir, "absent") }))).to.match(/cannot read/);
    expect(await refusal(loadConfig("transcoder", { file: await file("{ capacity: ") }))).to.match(/JSON5/);
    expect(await refusal(loadConfig("transcoder", { file: await file("[]") }))).to.match(/expected an object/);
    expect(
      await refusal(loadConfig("transcoder", { file: await file("{ ffmpeg: 1 }"), flags: { "--ffmpeg-path": "x" } })),
    ).to.match(/not a group/);
  });

  it("lets a flag win over a variable and a variable over the file", async () => {
    const path = await file("{ capacity: 2, reconnectMs: 10, logLevel: 'warn' }");
    const environment = { STREAMFLOW_CAPACITY: "3", STREAMFLOW_RECONNECT_MS: "20" };
    const config = await loadConfig("transcoder", { file: path, environment, flags: { ...FLAGS, "--capacity": "4" } });
    expect(config).to.include({ capacity: 4, reconnectMs: 20, logLevel: "warn" });
  });

  it("turns amounts into exact integers", async () => {
    const flags = {
      ...ORCHESTRATOR_FLAGS,
      "--price-wei-per-million-pixels": "123456789012345678901",
      "--transcode": true,
    };
    const config = await loadConfig("orchestrator", { flags });
    expect(config.price.weiPerMillionPixels).to.equal(123_456_789_012_345_678_901n);
    expect(config.ticket.faceValue).to.equal(0n);
    expect(config.transcode).to.equal(true);
    expect(await refusal(loadConfig("orchestrator", { flags: { ...flags, "--ticket-face-value": "1e18" } }))).to.match(
      /^ticket.faceValue: /,
    );
  });

  it("turns shares into ratios, and keeps the policies of payment within what they can do", async () => {
    const orchestrator = (flags = {}) => loadConfig("orchestrator", { flags: { ...ORCHESTRATOR_FLAGS, ...flags } });
    const { ticket, risk, redemption } = await orchestrator({ "--risk-maximum-unsecured": "7" });
    expect(ticket.overhead).to.equal(10n ** 16n);
    expect(risk).to.deep.equal({ maximumUnsecured: 7n, minimumEscrow: 0n, refuseDefaulters: false });
    const { margin, patience, negligible, batchSize, claimDefaults } = DEFAULT_POLICY;
    expect(redemption).to.deep.include({ margin, patience, negligible, batchSize, claimDefaults });
    for (const [flag, value] of [
      ["ticket-overhead", "0"],
      ["redemption-margin", "0"],
      ["redemption-patience", "1.01"],
      ["redemption-negligible", "-0.1"],
      ["redemption-batch-size", "0"],
      ["redemption-maximum-in-flight", "65"],
    ] as const) {
      expect(await refusal(orchestrator({ [`--${flag}`]: value })), flag).to.match(/^(ticket|redemption)\./);
    }
    expect(await refusal(loadConfig("broadcaster", { flags: { "--debt-epsilon": "0" } }))).to.include("debt.epsilon: ");
  });

  it("gives a broadcaster more patience by default than an orchestrator's answer takes", async () => {
    const { limits } = await loadConfig("orchestrator", { flags: ORCHESTRATOR_FLAGS });
    const flags = { ...ORCHESTRATOR_FLAGS, "--input": "i", "--out": "o" };
    const { segmentMs } = await loadConfig("broadcaster", { flags });
    expect(limits.transcodeMs + limits.judgeMs).to.be.below(segmentMs);
  });

  it("takes what a redemption costs by default from what was measured", async () => {
    const { ticket } = await loadConfig("orchestrator", { flags: ORCHESTRATOR_FLAGS });
    const measured = JSON.parse(await readFile(GAS_RESULTS, "utf8")) as Record<string, { gas: number }>;
    const alone = ["redeem.warm", "redeem.hotKey", "redeem.allocation"].map((row) => measured[row]?.gas ?? NaN);
    expect(ticket.redeemGas / Math.max(...alone), "over the dearest").to.be.within(1, 1.02);
  });

  it("takes the variable that names an ffmpeg by its established name", async () => {
    const config = await loadConfig("transcoder", { flags: FLAGS, environment: { FFMPEG_PATH: "/opt/ffmpeg" } });
    expect(config.ffmpeg.path).to.equal("/opt/ffmpeg");
  });

  for (const role of ROLES) {
    describe(role, () => {
      it("has an annotated example that is up to date and valid", async () => {
        const text = await readFile(exampleFile(role), "utf8");
        expect(text, "run `npm run config:examples`").to.equal(await exampleOf(role));
        await loadConfig(role, { file: exampleFile(role) });
      });

      it("explains every setting, and shows in the example each that has a default or is required", async () => {
        const tree = JSON5.parse<Record<string, unknown>>(await readFile(exampleFile(role), "utf8"));
        for (const { path, description, required, defaultValue } of settingsOf(SCHEMAS[role])) {
          expect(description, path.join(".")).to.not.equal("");
          const shown = path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], tree);
          if (required || defaultValue !== undefined) expect(shown, path.join(".")).to.not.equal(undefined);
        }
      });
    });
  }
});
