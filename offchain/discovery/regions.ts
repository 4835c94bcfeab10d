/** Key of the offers that name no region: they work anywhere. */
export const NO_REGION = 0n;
/** Key of all offers of a service, whatever regions they name. */
export const ALL_REGIONS = 2n ** 64n - 1n;

/** Where an H3 index keeps the resolution, and how many digits of three bits follow. */
const RESOLUTION_SHIFT = 52n;
const RESOLUTION_MASK = 0xfn << RESOLUTION_SHIFT;
const MAX_RESOLUTION = 15n;
const UNUSED_DIGIT = 0b111n;

/** Whether the number has the form of an H3 cell, as far as the registry judges it: mode 1, nothing reserved in use. */
export function isCell(region: bigint): boolean {
  return region >= 0n && region >> 56n === 0x08n;
}

/** The cell and all its ancestors up to resolution 0, the smallest first: bits alone, as the H3 index is made. */
export function withAncestors(cell: bigint): bigint[] {
  if (!isCell(cell)) throw new RangeError(`${cell} is not an H3 cell`);
  const cells = [cell];
  for (let resolution = (cell & RESOLUTION_MASK) >> RESOLUTION_SHIFT; resolution > 0n; resolution--) {
    const child = cells.at(-1)!;
    const digit = UNUSED_DIGIT << (3n * (MAX_RESOLUTION - resolution));
    cells.push((child & ~RESOLUTION_MASK) | ((resolution - 1n) << RESOLUTION_SHIFT) | digit);
  }
  return cells;
}

/** What has to be asked for "near this cell": the cell, its ancestors, and who names no region. */
export function regionsNear(cell: bigint): bigint[] {
  return [...withAncestors(cell), NO_REGION];
}
