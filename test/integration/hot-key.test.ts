import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parseEther, Wallet } from "ethers";
import { streamReportSchema } from "../../offchain/node/stream-report.ts";
import { closeLedger, openLedger } from "../../tasks/devnet/ledger.ts";
import { makeClip } from "../fixtures/clips.ts";
import { FACE_VALUE } from "../../tasks/devnet/network.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";

const CAP = parseEther("0.5");
const ESCROW = parseEther("0.2");

describe("a broadcaster whose key may sign for an account", () => {
  let net: TestNetwork;
  let clip: string;
  const key = Wallet.createRandom();

  before(async () => {
    net = await startTestNetwork({
      orchestrators: 1,
      // A two-second segment costs 98 % of the face value, so that some ticket wins.
      price: 850_000_000_000_000n,
      settings: {
        orchestrator: {
          risk: { minimumEscrow: ESCROW.toString(), maximumUnsecured: (100n * FACE_VALUE).toString() },
          redemption: { batchSize: 3, maximumInFlight: 2, confirmations: 1 },
        },
      },
    });
    clip = await makeClip({ seconds: 12, size: "320x240", file: join(net.dir, "clip.mp4") });
    await writeFile(join(net.dir, "hot.key"), key.privateKey, { mode: 0o600 });
  });
  after(() => net.close());

  const start = (settings: object = {}) =>
    net.devnet.startBroadcaster({
      input: clip,
      out: join(net.dir, "stream"),
      report: join(net.dir, "report.json"),
      keyFile: join(net.dir, "hot.key"),
      account: net.devnet.broadcaster.address.toLowerCase(),
      ...settings,
    });

  const isRefused = (output: string, code: string | null): boolean => code !== null && output.startsWith(`${code}: `);

  /** The end of a broadcaster. What the orchestrator knows of the chain may be a second old: until it has seen the last transaction it refuses as `before`. */
  async function outcome(before: string | null, settings?: object): Promise<{ status: number | null; output: string }> {
    for (;;) {
      const broadcaster = await start(settings);
      const status = await broadcaster.exited();
      const output = broadcaster.errorOutput;
      if (!isRefused(output, before)) return { status, output };
    }
  }

  async function expectRefusal(code: string, before: string | null, settings?: object): Promise<void> {
    const { status, output } = await outcome(before, settings);
    expect(status).to.equal(1);
    expect(isRefused(output, code), output).to.equal(true);
  }

  it("pays from the account, when that has authorized the key and the orchestrator takes its risk", async () => {
    const { devnet } = net;
    const account = devnet.broadcaster;
    const broker = devnet.contract("TicketBroker").connect(account);
    await expectRefusal("ConfigInvalid", null, { account: "0x00000000000000000000000000000000000000aA" });
    await expectRefusal("EscrowTooLow", null);
    await (await broker.fund(account.address, ESCROW, { value: ESCROW })).wait();
    await expectRefusal("SignerNotAuthorized", "EscrowTooLow");
    const round = await devnet.contract("RoundsManager").currentRound();
    await (await broker.authorizeSigner(key.address, round + 1_000n, CAP)).wait();

    const opening = await openLedger(devnet);
    const { status, output } = await outcome("SignerNotAuthorized", { debt: { policy: "quantile", epsilon: 1e-9 } });
    expect(status, output).to.equal(0);
    await devnet.redeemed(AbortSignal.timeout(300_000));

    const report = streamReportSchema.parse(JSON.parse(await readFile(join(net.dir, "report.json"), "utf8")));
    expect(report.broadcaster).to.equal(account.address);
    expect(report.missing).to.deep.equal([]);
    expect(report.ticketsSent).to.be.at.least(report.segments);
    const { contradictions, broadcasterPaid } = await closeLedger(devnet, opening);
    expect(contradictions).to.deep.equal([]);
    expect(broadcasterPaid, "some ticket won").to.be.above(0n);
    const last = Number(await devnet.contract("RoundsManager").currentRound());
    const rounds = Array.from({ length: last - opening.round + 1 }, (_, i) => BigInt(opening.round + i));
    const spent = await Promise.all(rounds.map((each) => broker.spentBy(account.address, key.address, each)));
    expect(
      spent.reduce((sum, each) => sum + each, 0n),
      "what the key signed is what was paid",
    ).to.equal(broadcasterPaid);
  });
});
