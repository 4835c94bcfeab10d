import { expect } from "chai";
import { fundDeposit, loadProtocol, passRounds } from "../../../fixtures/protocol.ts";
import type { Protocol } from "../../../fixtures/protocol.ts";

describe("TicketBroker.cancelUnlock", function () {
  let p: Protocol;
  let broker: Protocol["broker"];

  beforeEach(async function () {
    p = await loadProtocol();
    broker = p.broker.connect(p.broadcaster);
    await fundDeposit(p, 10n);
  });

  it("reverts when locked", async function () {
    await expect(broker.cancelUnlock())
      .to.be.revertedWithCustomError(broker, "TicketBrokerLocked")
      .withArgs(p.broadcaster.address);
  });

  it("locks again, so that a new period has to pass", async function () {
    await broker.unlock();
    await passRounds(p, 4n);
    await expect(broker.cancelUnlock()).to.emit(broker, "UnlockCancelled").withArgs(p.broadcaster.address);
    expect(await broker.getSender(p.broadcaster)).to.deep.equal([10n, 0n, 0n]);
    await expect(broker.withdraw()).to.be.revertedWithCustomError(broker, "TicketBrokerLocked");
    await expect(broker.unlock()).to.emit(broker, "UnlockStarted").withArgs(p.broadcaster.address, 9);
  });
});
