import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import { drawOf, loadProtocol, ticketOf, TICKET_TYPES } from "../../../fixtures/protocol.ts";

const ONE = 10n ** 18n;

describe("TicketBroker.hashTicket and draw", function () {
  it("agree with EIP-712 and with the rule of the draw", async function () {
    const p = await loadProtocol();
    const { ticket } = await ticketOf(p, { winProb: 123n });
    const domain = {
      name: "Streamflow TicketBroker",
      version: "1",
      chainId: (await p.ethers.provider.getNetwork()).chainId,
      verifyingContract: await p.broker.getAddress(),
    };
    const digest = await p.broker.hashTicket(ticket);
    expect(digest).to.equal(TypedDataEncoder.hash(domain, TICKET_TYPES, ticket));
    for (const rand of [0n, 42n, 2n ** 256n - 1n]) {
      expect(await p.broker.draw(digest, rand)).to.equal(drawOf(digest, rand));
    }
    const { fields, name, version, chainId, verifyingContract } = await p.broker.eip712Domain();
    expect({ name, version, chainId, verifyingContract }).to.deep.equal(domain);
    expect(fields).to.equal("0x0f");
  });

  it("wins about as often as the probability says", async function () {
    const p = await loadProtocol();
    const { ticket } = await ticketOf(p);
    const digest = await p.broker.hashTicket(ticket);
    let wins = 0;
    for (let rand = 0n; rand < 2_000n; ++rand) if (drawOf(digest, rand) < ONE / 4n) ++wins;
    expect(wins).to.be.within(430, 570);
  });
});
