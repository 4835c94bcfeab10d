import { X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import type { TLSSocket } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { pino } from "pino";
import { Certificate, type KeyPair, ownCertificate, selfSigned } from "../../../../offchain/net/tls/certificate.ts";
import { spkiHashOf } from "../../../../offchain/net/tls/server-key.ts";
import { Voucher } from "../../../../offchain/net/tls/voucher.ts";
import { createSigner } from "../../../../offchain/pm/crypto.ts";
import { Clock__Fake } from "../../pm/Clock__Fake.ts";
import { expectCode } from "../../pm/coded.ts";

const LOG = pino({ level: "silent" });
const DOMAIN = { chainId: 31337n, verifyingContract: "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0" };
const SIGNER = createSigner(`0x${"22".repeat(32)}`);
const spkiHash = ({ cert }: KeyPair) => spkiHashOf(new X509Certificate(cert));

describe("a certificate", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "streamflow-"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  async function write(pair: KeyPair, mode = 0o600) {
    const files = { certificateFile: join(dir, "a.crt"), keyFile: join(dir, "a.key") };
    await writeFile(files.certificateFile, pair.cert);
    await rm(files.keyFile, { force: true });
    await writeFile(files.keyFile, pair.key, { mode });
    return files;
  }

  it("of a node's own is made once, readable by its owner, and stays", async () => {
    const files = await ownCertificate(dir, "0xabc");
    const first = await Certificate.open(files, { log: LOG });
    first.close();
    expect(await ownCertificate(dir, "0xabc")).to.deep.equal(files);
    const second = await Certificate.open(files, { log: LOG });
    second.close();
    expect(second.spkiHash).to.equal(first.spkiHash);
    expect(second.pair).to.deep.equal(first.pair);
    for (const file of Object.values(files)) expect((await stat(file as string)).mode & 0o777).to.equal(0o600);
  });

  it("is read again when its files are replaced, and the one from before is used while they do not fit", async () => {
    const [one, two] = await Promise.all([selfSigned("one"), selfSigned("two")]);
    const files = await write(one);
    const certificate = await Certificate.open(files, { log: LOG });
    try {
      const changed = new Promise<void>((resolve) => certificate.watch(resolve));
      await writeFile(files.certificateFile, two.cert);
      await expectCode(Certificate.open(files, { log: LOG }), "ConfigInvalid");
      expect(certificate.spkiHash).to.equal(spkiHash(one));
      await writeFile(files.keyFile, two.key);
      await changed;
      expect(certificate.pair).to.deep.equal(two);
      expect(certificate.spkiHash).to.equal(spkiHash(two));
    } finally {
      certificate.close();
    }
  });

  it("is refused when others can read its key, it is none, or the key is another's", async () => {
    const [one, two] = await Promise.all([selfSigned("one"), selfSigned("two")]);
    await expectCode(Certificate.open(await write(one, 0o640), { log: LOG }), "ConfigInvalid");
    await expectCode(Certificate.open(await write({ ...one, cert: "no" }), { log: LOG }), "ConfigInvalid");
    await expectCode(Certificate.open(await write({ ...one, key: two.key }), { log: LOG }), "ConfigInvalid");
    await expectCode(Certificate.open(await write({ ...one, key: "no" }), { log: LOG }), "ConfigInvalid");
  });

  it("without its key is that of a proxy", async () => {
    const one = await selfSigned("one");
    const { certificateFile } = await write(one);
    const certificate = await Certificate.open({ certificateFile, keyFile: null }, { log: LOG });
    certificate.close();
    expect(certificate.pair).to.equal(null);
    const voucher = new Voucher({ domain: DOMAIN }, { signer: SIGNER, certificate, clock: new Clock__Fake() });
    const { serverKey } = await voucher.statement({} as TLSSocket);
    expect(serverKey.spkiHash).to.equal(spkiHash(one));
  });
});
