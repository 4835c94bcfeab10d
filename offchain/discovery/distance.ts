import { cellToLatLng, getResolution, greatCircleDistance, isValidCell } from "h3-js";
import { withAncestors } from "./regions.ts";

const nameOf = (cell: bigint) => cell.toString(16);

/**
 * {km} From one H3 cell to another along the earth's surface: 0 where one lies in the other, else between their centres. Null when either only has the form of a cell.
 */
export function distanceKm(from: bigint, to: bigint): number | null {
  const [a, b] = [nameOf(from), nameOf(to)];
  if (!isValidCell(a) || !isValidCell(b)) return null;
  const [coarse, fine] = getResolution(a) < getResolution(b) ? [from, to] : [to, from];
  if (withAncestors(fine).includes(coarse)) return 0;
  return greatCircleDistance(cellToLatLng(a), cellToLatLng(b), "km");
}

/** {km} From a cell to the nearest of the regions that somebody names; null when it names none, i.e. works anywhere. */
export function distanceToNearest(from: bigint, regions: readonly bigint[]): number | null {
  let nearest: number | null = null;
  for (const region of regions) {
    const distance = distanceKm(from, region);
    if (distance !== null && (nearest === null || distance < nearest)) nearest = distance;
  }
  return nearest;
}
