/**
 * Units of stake: `old` ones, and young ones by the round in which they became active. Young units are counted as they were issued; a pool's scars
 * say how many units each of them is by now.
 */
export class Units {
  old = 0n;
  readonly young = new Map<bigint, bigint>();

  /** Units that became active in `from`, or old ones. */
  add(from: bigint | null, units: bigint): void {
    if (from === null) this.old += units;
    else this.young.set(from, (this.young.get(from) ?? 0n) + units);
  }

  addAll(others: Units): void {
    for (const [from, units] of others.parts()) this.add(from, units);
  }

  remove(others: Units): void {
    for (const [from, units] of others.parts()) {
      this.add(from, -units);
      if (from !== null && this.young.get(from) === 0n) this.young.delete(from);
    }
  }

  copy(): Units {
    const copy = new Units();
    copy.addAll(this);
    return copy;
  }

  /** What there is of each, the oldest first; `null` stands for old. */
  parts(): (readonly [from: bigint | null, units: bigint])[] {
    const young = [...this.young].sort(([a], [b]) => Number(a - b));
    return this.old === 0n ? young : [[null, this.old], ...young];
  }
}
