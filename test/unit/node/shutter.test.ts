import { expect } from "chai";
import { Deadline } from "../../../offchain/net/deadline.ts";
import { Shutter } from "../../../offchain/node/shutter.ts";
import { expectCode } from "../pm/coded.ts";
import { RECIPIENT } from "../pm/world.ts";

describe("a shop with a shutter", () => {
  const form = { json: {}, files: [] };
  const tickets = { received: 1, won: 0, pending: 0, redeemed: 0, expired: 0 };
  const status = { orchestrator: RECIPIENT, selling: true, capacity: 2, quotes: 1, segments: 1, tickets };
  const shop = {
    quote: () => Promise.resolve({ quoted: true }),
    segment: () => Promise.resolve({ body: Buffer.from("sold"), contentType: "text/plain" }),
    status: () => status,
  };

  it("sells nothing while it is closed, says so, sells when it is opened, and no more when it is closed again", async () => {
    const shutter = new Shutter({ address: RECIPIENT, isOpen: false }, { shop });
    await expectCode(shutter.quote({}), "SellingOff");
    await expectCode(shutter.segment(form, new Deadline(1_000)), "SellingOff");
    expect(shutter.status()).to.deep.equal({ ...status, selling: false });
    shutter.open();
    expect(await shutter.quote({})).to.deep.equal({ quoted: true });
    expect((await shutter.segment(form, new Deadline(1_000))).body.toString()).to.equal("sold");
    expect(shutter.status()).to.deep.equal(status);
    shutter.close();
    await expectCode(shutter.segment(form, new Deadline(1_000)), "SellingOff");
    expect(shutter.status().selling).to.equal(false);
  });

  it("says that it is about to stop, and is not opened again", async () => {
    const shutter = new Shutter({ address: RECIPIENT, isOpen: true }, { shop });
    shutter.shutDown();
    shutter.open();
    await expectCode(shutter.quote({}), "ShuttingDown");
    await expectCode(shutter.segment(form, new Deadline(1_000)), "ShuttingDown");
    expect(shutter.status().selling).to.equal(false);
  });
});
