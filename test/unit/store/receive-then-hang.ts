// A process that receives winners and says so; the crash test kills it. Arguments: the store's file, the number of payments.
// The test runner loads every file of this folder, so nothing happens unless the file is the program.
import { setTimeout as sleep } from "node:timers/promises";
import { createWorld, FACE, RECIPIENT, SENDER } from "../pm/world.ts";

async function main(): Promise<void> {
  const [path, count] = process.argv.slice(2);
  const world = createWorld({ path: path!, recipient: { window: 8 } });
  const session = await world.sender.startSession(await world.quote(), RECIPIENT);
  for (let i = 0; i < Number(count); i += 1) {
    const payment = await session.createTicket(FACE, world.broker.round);
    await world.recipient.receive(world.wire(payment), { sender: SENDER, fee: FACE });
    // Synchronous, so that no word of an acknowledgement is left in a buffer of this process.
    process.stdout.write(`${payment.ticket.salt}\n`);
    session.settle(payment);
    await session.update(await world.quote());
  }
  await sleep(600_000);
}

if (import.meta.main) await main();
