import { expect } from "chai";
import type { Payment } from "../../../offchain/pm/interface.ts";
import { expectCode } from "./coded.ts";
import { createWorld, ETHER, FACE, FEE, HOT, HOT_KEY, payFrom, RECIPIENT, SENDER, type World } from "./world.ts";

describe("TicketRecipient, of keys that sign for a sender,", () => {
  let world: World;
  beforeEach(() => (world = createWorld()));
  afterEach(() => world.close());

  const order = { sender: SENDER, fee: FEE };
  const pay = () => payFrom(world);

  describe("maySign", () => {
    const maySign = (key: string): Promise<boolean> => world.recipient.maySign(SENDER, key);

    it("is true of the sender, and of a key that it has authorized for a round whose tickets are taken", async () => {
      expect(await maySign(SENDER)).to.be.true;
      expect(await maySign(HOT), "never authorized").to.be.false;
      for (const [lastRound, may] of [
        [10, true],
        [9, true],
        [8, false],
      ] as const) {
        world.broker.signers.set(`${SENDER}/${HOT}`, { lastRound, cap: 0n, spent: 0n });
        expect(await maySign(HOT), `up to round ${lastRound}, now is 10`).to.equal(may);
      }
    });

    it("is false of a key that was never authorized while the first rounds run", async () => {
      world.broker.round = 0;
      expect(await maySign(HOT)).to.be.false;
    });
  });

  describe("receive", () => {
    const authorize = (lastRound: number, cap: bigint, spent = 0n) =>
      world.broker.signers.set(`${SENDER}/${HOT}`, { lastRound, cap, spent });
    const byHotKey = async (payment: Payment): Promise<unknown> => world.resign(payment, {}, HOT_KEY);

    it("refuses one that was never authorized, as any other signature", async () => {
      await expectCode(world.recipient.receive(await byHotKey(await pay()), order), "TicketSignatureInvalid");
    });

    it("takes tickets up to its last round", async () => {
      authorize(10, ETHER);
      await world.recipient.receive(await byHotKey(await pay()), order);
      authorize(9, ETHER);
      const error = await expectCode(
        world.recipient.receive(await byHotKey(await pay()), order),
        "SignerNotAuthorized",
      );
      expect(error.data).to.deep.equal({ key: HOT, lastRound: 9, creationRound: 10 });
    });

    it("counts what it has spent and what it has won beside the next face value", async () => {
      authorize(10, 3n * FACE, FACE);
      const session = await world.sender.startSession(await world.quote(), RECIPIENT);
      const next = async (): Promise<unknown> => byHotKey(await session.createTicket(FACE, 10));
      await world.recipient.receive(await next(), order);
      await world.recipient.receive(await next(), order);
      const third = await next();
      const error = await expectCode(world.recipient.receive(third, order), "SignerCapTooLow");
      expect(error.data).to.deep.equal({
        key: HOT,
        creationRound: 10,
        capWei: (3n * FACE).toString(),
        neededWei: (4n * FACE).toString(),
      });
      authorize(10, 4n * FACE, FACE);
      await world.recipient.receive(third, order);
    });

    it("counts neither the sender's own winners nor another round's against its cap", async () => {
      authorize(11, FACE);
      const session = await world.sender.startSession(await world.quote(), RECIPIENT);
      await world.recipient.receive(world.wire(await session.createTicket(FACE, 10)), order);
      await world.recipient.receive(await byHotKey(await session.createTicket(FACE, 10)), order);
      await expectCode(
        world.recipient.receive(await byHotKey(await session.createTicket(FACE, 10)), order),
        "SignerCapTooLow",
      );
      world.broker.round += 1;
      await world.recipient.receive(await byHotKey(await pay()), order);
    });
  });
});
