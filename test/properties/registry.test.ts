import { expect } from "chai";
import fc from "fast-check";
import { loadProtocol } from "../fixtures/protocol.ts";
import { ALL_REGIONS, CPU, offerAll } from "../fixtures/registry.ts";
import { SEED, SHRINKING, TIME_LIMIT, expectOften, runsOf } from "./effort.ts";
import { sequences } from "./registry-steps.ts";
import { createStage, World } from "./registry-world.ts";
import type { Stage } from "./registry-world.ts";

/** What the sequences have to meet, all together: a property that met nothing proves nothing. */
const MET = [
  "setServiceURI",
  "setServiceURI ServiceRegistryNotRegistered",
  "setServiceURI ServiceRegistryLengthOutOfBounds",
  "setServices",
  "setServices ServiceRegistryNotRegistered",
  "setServices ServiceRegistryTooMany",
  "setServices ServiceRegistryServicesNotAscending",
  "setServices ServiceRegistryUnknownService",
  "setServices ServiceRegistryNoURI",
  "setServices ServiceRegistryTooManyPairs",
  "setRegions",
  "setRegions ServiceRegistryTooMany",
  "setRegions ServiceRegistryNotACell",
  "setRegions ServiceRegistryRegionsNotAscending",
  "setRegions ServiceRegistryTooManyPairs",
  "refresh",
  "defineService",
  "defineService EnforcedPause",
  "defineService ServiceRegistryServiceExists",
  "defineService ServiceRegistryLengthOutOfBounds",
  "defineService ERC20InsufficientAllowance",
  "withdrawService",
  "withdrawService ServiceRegistryNotDefiner",
  "withdrawService ServiceRegistryServiceOffered",
  "withdrawService ServiceRegistryServiceVerified",
  "approveVerification",
  "approveVerification ServiceRegistryIncompleteVerification",
  "approveVerification ServiceRegistryModuleWithoutCode",
  "approveVerification ServiceRegistryVerificationPending",
  "approveVerification ServiceRegistryVerificationUnchanged",
  "cancelVerification",
  "cancelVerification ServiceRegistryNothingPending",
  "setParameters",
  "setParameters ServiceRegistryDepositOutOfBounds",
];

describe("ServiceRegistry against its model", function () {
  this.timeout(TIME_LIMIT);
  let stage: Stage;

  before(async function () {
    stage = await createStage();
  });

  it("agrees on every action, refusal, offer, list, deposit and verification, and its events tell all of it", async function () {
    let failedAt: number | undefined;
    await fc.assert(
      fc.asyncProperty(sequences(30), async (acts) => {
        // What is not tried any more counts as good, so the shortest failure so far is reported.
        if (failedAt !== undefined && performance.now() - failedAt > SHRINKING) return;
        const world = await World.open(stage);
        try {
          await world.run(acts);
        } catch (error) {
          failedAt ??= performance.now();
          throw error;
        }
      }),
      { numRuns: runsOf(200), seed: SEED },
    );
    for (const what of MET) expectOften(Number(stage.seen.has(what)), 1, `whether the sequences met "${what}"`);
  });

  it("R3: shows every offer that stays listed to who walks the pages, whatever others do in between", async function () {
    const p = await loadProtocol();
    const nodes = p.others.slice(0, 10);
    await offerAll(p, nodes, (i) => ({ uri: `https://node${i}` }));
    const snapshot = await p.networkHelpers.takeSnapshot();

    const between = fc.array(fc.nat(nodes.length - 1), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(between, { maxLength: 12 }), async (limit, moves) => {
        await snapshot.restore();
        const moved = new Set<number>();
        const found = new Set<string>();
        let cursor = 0n;
        do {
          const { page, nextCursor } = await p.registry.list(CPU, ALL_REGIONS, 0, cursor, limit);
          for (const { uri } of page) found.add(uri);
          cursor = nextCursor;
          for (const i of moves.shift() ?? []) {
            const registry = p.registry.connect(nodes[i]);
            await registry.setServices((await registry.getOffer(nodes[i]!)).listed ? [] : [CPU]);
            moved.add(i);
          }
        } while (cursor !== 0n);
        nodes.forEach((_, i) => {
          if (!moved.has(i)) expect(found, `limit ${limit}`).to.include(`https://node${i}`);
        });
      }),
      { numRuns: runsOf(40), seed: SEED },
    );
  });
});
