import { duration, lpt } from "../common/output.ts";
import type { Dispute, Game } from "./read.ts";

/** Whose turn it is and how long still, or how the game ended. */
export function standOf({ stage, turn, left }: Game): string {
  switch (stage) {
    case "lost":
      return "the challenger has won";
    case "won":
      return "the defender has won";
    case "released":
      return "another defender has won; the bond went back";
    default:
      return left < 0n
        ? `the ${turn}'s clock ran out ${duration(-left)} ago`
        : `the ${turn} is to move, within ${duration(left)}`;
  }
}

/** What has become of a challenge, or may. */
export function fateOf({ outcome, left, games, end }: Dispute): string {
  if (outcome === "refuted") {
    const held = games.filter(({ turn }) => turn !== null).length;
    return held === 0 ? "refuted" : `refuted; ${held} bonds can be released`;
  }
  if (outcome === "sustained") {
    return end !== null && end.loss > 0n ? `a fault: ${lpt(end.loss)} slashed` : "a fault, without a slash";
  }
  if (left >= 0n) return `open; can be defended for ${duration(left)}`;
  const isPlayed = games.some(({ turn }) => turn !== null);
  return isPlayed ? "open; waits for its games" : "open; can be settled";
}
