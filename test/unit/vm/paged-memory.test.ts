import { expect } from "chai";
import fc from "fast-check";
import { MEMORY_BYTES, MEMORY_HEIGHT, OUTPUT, SOURCE } from "../../../offchain/vm/layout.ts";
import { Memory } from "../../../offchain/vm/memory.ts";
import { PAGE_BYTES, PagedMemory } from "../../../offchain/vm/paged-memory.ts";
import { hex } from "./hex.ts";

/** Few pages, so that runs meet, and the edges of memory. */
const addresses = fc.oneof(
  fc.integer({ min: 0, max: 3 * PAGE_BYTES }),
  fc.integer({ min: SOURCE - 300, max: SOURCE + 300 }),
  fc.integer({ min: MEMORY_BYTES - PAGE_BYTES, max: MEMORY_BYTES - 1 }),
);
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("write" as const),
      address: addresses,
      bytes: fc.uint8Array({ maxLength: 6_000, size: "max" }),
    }),
    fc.record({
      kind: fc.constant("store" as const),
      address: addresses,
      size: fc.constantFrom(1, 2, 4),
      value: fc.integer(),
    }),
    fc.record({ kind: fc.constantFrom("root" as const, "prove" as const), address: addresses }),
  ),
  { maxLength: 12 },
);

describe("the paged memory", () => {
  it("has the roots, the proofs and the numbers of the reference, whatever is written between them", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const [paged, reference] = [new PagedMemory(), new Memory(MEMORY_HEIGHT)];
        for (const step of [...list, { kind: "root" as const, address: 0 }]) {
          if (step.kind === "write") {
            const bytes = step.bytes.subarray(0, MEMORY_BYTES - step.address);
            for (const memory of [paged, reference]) memory.write(step.address, bytes);
          } else if (step.kind === "store") {
            const address = step.address - (step.address % step.size);
            for (const memory of [paged, reference]) memory.store(address, step.size, step.value);
            for (const size of [1, step.size]) {
              expect(paged.load(address, size)).to.equal(reference.load(address, size));
            }
          } else if (step.kind === "root") {
            expect(hex(paged.root())).to.equal(hex(reference.root()));
          } else {
            expect(hex(paged.prove(step.address))).to.equal(hex(reference.prove(step.address)));
          }
        }
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("has the reference's root of more pages than are hashed at once", () => {
    const [paged, reference] = [new PagedMemory(), new Memory(MEMORY_HEIGHT)];
    const bytes = Uint8Array.from({ length: 600 * PAGE_BYTES }, (_, i) => i ^ (i >> 7));
    for (const memory of [paged, reference]) memory.write(OUTPUT + 5 * PAGE_BYTES + 100, bytes);
    expect(hex(paged.root())).to.equal(hex(reference.root()));
  });

  it("takes and gives back pages, and forgets nothing about its root", () => {
    const memory = new PagedMemory();
    memory.write(SOURCE, Buffer.from("before"));
    const [page, root] = [SOURCE / PAGE_BYTES, hex(memory.root())];
    expect(memory.takeUnsaved()).to.deep.equal([page]);
    const before = memory.page(page);

    memory.write(SOURCE, Buffer.from("after"));
    memory.store(OUTPUT, 4, 7);
    expect(memory.takeUnsaved()).to.deep.equal([page, OUTPUT / PAGE_BYTES]);
    expect(hex(memory.root())).not.to.equal(root);

    memory.restore(page, before);
    memory.restore(OUTPUT / PAGE_BYTES, new Uint8Array(PAGE_BYTES));
    expect(hex(memory.root())).to.equal(root);
    expect(memory.takeUnsaved()).to.deep.equal([]);
    memory.markUnsaved([page]);
    expect(memory.takeUnsaved()).to.deep.equal([page]);
  });

  it("refuses what does not fit", () => {
    expect(() => new PagedMemory().write(MEMORY_BYTES - 1, new Uint8Array(2))).to.throw(RangeError);
  });
});
