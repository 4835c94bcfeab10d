import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parseEther, Wallet } from "ethers";
import { connect } from "../../deploy/contracts.ts";
import { developmentWallet } from "../../offchain/eth/keys.ts";
import { RoleProcess } from "../../tasks/devnet/processes.ts";
import type { LogLine } from "../../tasks/devnet/processes.ts";
import { startTestNetwork, type TestNetwork } from "../fixtures/devnet.ts";

const STAKE = parseEther("10000");
const WAITING = "stake not active yet: it counts from the round after its bond, waiting for that";

describe("an orchestrator that has staked in this round", () => {
  let net: TestNetwork;
  let config: string;

  /** Registers and bonds a new account; the answer is its node's configuration. */
  before(async () => {
    net = await startTestNetwork({ orchestrators: 0 });
    const { provider, deployment } = net.devnet;
    const at = deployment.contracts;
    const deployer = developmentWallet(0).connect(provider);
    const wallet = new Wallet(Wallet.createRandom().privateKey, provider);
    await (await deployer.sendTransaction({ to: wallet.address, value: parseEther("1") })).wait();
    await (await connect("LivepeerToken", at.LivepeerToken.proxy, deployer).transfer(wallet.address, STAKE)).wait();
    await (
      await connect("LivepeerToken", at.LivepeerToken.proxy, wallet).approve(at.BondingManager.proxy, STAKE)
    ).wait();
    const bonding = connect("BondingManager", at.BondingManager.proxy, wallet);
    await (await bonding.register(0, 0, STAKE)).wait();

    const dir = join(net.dir, "late");
    await mkdir(dir);
    await writeFile(join(dir, "account.key"), wallet.privateKey, { mode: 0o600 });
    config = join(dir, "config.json5");
    const settings = {
      chain: { rpcUrl: net.chain.rpcUrl, deployment: join(net.dir, "network", "deployment.json"), pollMs: 100 },
      keyFile: join(dir, "account.key"),
      dataDir: join(dir, "data"),
      transcode: false,
      listen: { host: "127.0.0.1", port: 0 },
    };
    await writeFile(config, JSON.stringify(settings));
  });
  after(() => net.close());

  const start = (name: string) => new RoleProcess(name, ["orchestrator", "--config", config], join(net.dir, name));

  it("is on a chain whose clock is the machine's, though the network has passed rounds", async () => {
    const [round, block] = await Promise.all([
      net.devnet.contract("RoundsManager").currentRound(),
      net.devnet.provider.getBlock("latest"),
    ]);
    expect(Number(round)).to.be.within(17, 19);
    expect(block!.timestamp).to.be.closeTo(Math.floor(Date.now() / 1_000), 60);
  });

  it("can be stopped while it waits", async () => {
    const node = start("stopped.log");
    await node.line(WAITING);
    await node.close();
    expect(await node.exited()).to.equal(0);
    expect(node.errorOutput).to.equal("");
  });

  it("says StakeNotActive, and is ready when the next round has come", async () => {
    const node = start("waiting.log");
    const lines: LogLine[] = [];
    node.onLine((line) => lines.push(line));
    try {
      expect((await node.line(WAITING)).code).to.equal("StakeNotActive");
      const rounds = net.devnet.contract("RoundsManager");
      const begins = await rounds.roundStart((await rounds.currentRound()) + 1n);
      await net.devnet.provider.send("evm_setNextBlockTimestamp", [Number(begins)]);
      await net.devnet.provider.send("evm_mine", []);
      await node.line("ready");
      expect(lines.slice(0, 2).map(({ msg }) => msg)).to.deep.equal([WAITING, "stake active"]);
    } finally {
      await node.close();
    }
  });
});
