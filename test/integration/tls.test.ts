import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { Wallet } from "ethers";
import { connect } from "../../deploy/contracts.ts";
import { selfSigned } from "../../offchain/net/tls/certificate.ts";
import { parseServerKey, verifyServerKey } from "../../offchain/net/tls/server-key.ts";
import { SERVER_KEY_PATH } from "../../offchain/net/wire.ts";
import { verificationDomainOf } from "../../offchain/eth/domains.ts";
import { streamReportSchema } from "../../offchain/node/stream-report.ts";
import { type DevnetOrchestrator } from "../../tasks/devnet/network.ts";
import { makeClip } from "../fixtures/clips.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";
import { getOverTls, startImpostor } from "../fixtures/tls.ts";

const portOf = ({ url }: DevnetOrchestrator) => Number(new URL(url).port);

describe("orchestrators that are reached by https, with certificates of their own", () => {
  let net: TestNetwork;
  let input: string;
  let streams = 0;
  let first: DevnetOrchestrator;
  let second: DevnetOrchestrator;

  before(async () => {
    net = await startTestNetwork({ tls: true });
    input = await makeClip({ seconds: 12, file: join(net.dir, "clip.mp4") });
    [first, second] = net.devnet.orchestrators as [DevnetOrchestrator, DevnetOrchestrator];
  });
  after(() => net.close());

  /** The answer is how many segments each orchestrator has sold. */
  async function stream(
    { only, ...settings }: { only: DevnetOrchestrator[]; dataDir?: string },
    disturb?: () => Promise<void>,
  ): Promise<Record<string, number>> {
    const report = join(net.dir, `report-${streams}.json`);
    const broadcaster = await net.devnet.startBroadcaster({
      ...{ input, report, out: join(net.dir, `hls-${streams++}`), realtime: disturb !== undefined },
      selection: { only: only.map(({ address }) => address), maximumPrice: "1000000000000000" },
      ...settings,
    });
    const [code] = await Promise.all([broadcaster.exited(), disturb?.()]);
    expect(code, broadcaster.errorOutput).to.equal(0);
    const { segments, missing, orchestrators } = streamReportSchema.parse(JSON.parse(await readFile(report, "utf8")));
    expect(segments).to.equal(6);
    expect(missing).to.deep.equal([]);
    return Object.fromEntries(orchestrators.map(({ address, segments: sold }) => [address, sold]));
  }

  it("sell a stream, transcoded over wss by who knows their key", async () => {
    const { status, json, socket } = await getOverTls(portOf(first), SERVER_KEY_PATH);
    socket.destroy();
    expect(status).to.equal(200);
    const shown = { orchestrator: first.address, spkiHash: first.serverKey!, now: Date.now() };
    verifyServerKey(parseServerKey(json), shown, verificationDomainOf(net.devnet.deployment));
    expect(await stream({ only: [first] })).to.deep.equal({ [first.address]: 6 });
  });

  it("change their certificate within a stream, which goes on", async () => {
    const dataDir = join(net.dir, first.name, "data");
    const { cert, key } = await selfSigned(first.name);
    const sold = await stream({ only: [first] }, async () => {
      await first.process.line("segment sold");
      const again = first.process.line("certificate read again");
      // In the order in which certbot and others do it, and not at once.
      await writeFile(join(dataDir, "tls.crt"), cert);
      await writeFile(join(dataDir, "tls.key"), key);
      const { serverKey } = await again;
      expect(serverKey).not.to.equal(first.serverKey);
      const { json, socket } = await getOverTls(portOf(first), SERVER_KEY_PATH);
      socket.destroy();
      expect(parseServerKey(json).serverKey.spkiHash).to.equal(serverKey);
    });
    expect(sold).to.deep.equal({ [first.address]: 6 });
    // Connections are new ones here, to the new key.
    expect(await stream({ only: [first] })).to.deep.equal({ [first.address]: 6 });
  });

  it("N2: with somebody in between, get no order, ticket or media, and another one sells", async () => {
    const impostor = await startImpostor(await selfSigned("impostor"), portOf(first));
    try {
      const key = (await readFile(join(net.dir, first.name, "account.key"), "utf8")).trim();
      const registry = connect(
        "ServiceRegistry",
        net.devnet.deployment.contracts.ServiceRegistry.proxy,
        new Wallet(key, net.devnet.provider),
      );
      await (await registry.setServiceURI(`https://127.0.0.1:${impostor.port}`)).wait();
      const before = await first.status();
      // A broadcaster that knows nobody yet, so that it asks where the registry says.
      const dataDir = join(net.dir, "broadcaster", "other-data");
      expect(await stream({ only: [first, second], dataDir })).to.deep.equal({ [second.address]: 6 });
      const requests = impostor.received().match(/^[A-Z]+ \S+ HTTP\/1\.1$/gm) ?? [];
      expect(requests).not.to.deep.equal([]);
      expect(new Set(requests)).to.deep.equal(new Set([`GET ${SERVER_KEY_PATH} HTTP/1.1`]));
      expect(impostor.received()).not.to.match(/POST|multipart|0x[0-9a-f]{40}/i);
      const { quotes, tickets } = await first.status();
      expect({ quotes, tickets }).to.deep.equal({ quotes: before.quotes, tickets: before.tickets });
    } finally {
      await impostor.close();
    }
  });
});
