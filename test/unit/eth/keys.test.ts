import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { JsonRpcProvider, Wallet } from "ethers";
import { StreamflowError } from "../../../offchain/errors.ts";
import { developmentWallet, loadWallet } from "../../../offchain/eth/keys.ts";

describe("loadWallet", () => {
  const provider = new JsonRpcProvider("http://127.0.0.1:1", 1, { staticNetwork: true });
  let dir: string;
  const keyFile = async (content: string, mode = 0o600) => {
    const file = join(dir, "account.key");
    await rm(file, { force: true });
    await writeFile(file, content, { mode });
    await chmod(file, mode);
    return file;
  };
  const refusal = async (file: string, chainId: bigint): Promise<unknown> =>
    loadWallet(file, chainId, provider).then(
      () => "accepted",
      (error: unknown) => (error instanceof StreamflowError ? error.code : error),
    );

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "keys-"));
  });
  after(async () => {
    provider.destroy();
    await rm(dir, { recursive: true });
  });

  it("refuses a file that is absent, holds no key or can be read by others", async () => {
    const { privateKey } = Wallet.createRandom();
    expect(await refusal(join(dir, "absent"), 31337n)).to.equal("KeyInvalid");
    expect(await refusal(await keyFile("hello"), 31337n)).to.equal("KeyInvalid");
    expect(await refusal(await keyFile(privateKey.slice(2)), 31337n)).to.equal("KeyInvalid");
    expect(await refusal(await keyFile(privateKey, 0o644), 31337n)).to.equal("KeyInvalid");
  });

  it("refuses each development key on a chain that is not local, and accepts it on one that is", async () => {
    for (const index of [0, 7, 19]) {
      const file = await keyFile(developmentWallet(index).privateKey);
      for (const chainId of [1n, 42161n, 11155111n])
        expect(await refusal(file, chainId)).to.equal("DevelopmentKeyRefused");
      expect((await loadWallet(file, 31337n, provider)).address).to.equal(developmentWallet(index).address);
    }
  });

  it("opens an account of one's own on any chain", async () => {
    const { privateKey, address } = Wallet.createRandom();
    expect((await loadWallet(await keyFile(`${privateKey}\n`), 1n, provider)).address).to.equal(address);
  });
});
