import type { Encoder } from "../interface.ts";

/** Numbers in [0, 1) that nobody can foresee. */
export type Draw = () => number;

export interface CheckShares {
  /** {1} Of the answers of which one rendition is compared by small pictures. */
  readonly gray: number;
  /** {1} Of the answers of which one rendition is encoded again. */
  readonly exact: number;
}

/** What is known of an answer before its pictures are looked at. */
export interface Circumstances {
  /** Of each rendition of the answer. */
  readonly encoders: readonly Encoder[];
  /** Good segments and failures that the orchestrator's history is about. */
  readonly experience: number;
  /** Rendition that was delivered before as another segment's; null: none. */
  readonly repeated: number | null;
  /** Its last answers give a reason to look at this one. */
  readonly isSuspect: boolean;
}

export interface CheckPlan {
  readonly rendition: number;
  readonly gray: boolean;
  readonly exact: boolean;
  /** May not be left out, however much there is to do. */
  readonly isRequired: boolean;
}

/** Segments after which an orchestrator is no newcomer. */
export const NEWCOMER = 20;
/** How much more of a newcomer's answers is checked. */
export const NEWCOMER_FACTOR = 4;

/**
 * What is looked at in an answer; null: nothing. To be called when the answer is there, so that it cannot depend on what is drawn. What is drawn of a newcomer is
 * encoded again where bits can be a fault: of what small pictures do not see, a newcomer has shown nothing yet.
 */
export function planChecks(about: Circumstances, shares: CheckShares, draw: Draw): CheckPlan | null {
  const { encoders, experience, repeated, isSuspect } = about;
  if (encoders.length === 0) return null;
  const isNewcomer = experience < NEWCOMER;
  const factor = isNewcomer ? NEWCOMER_FACTOR : 1;
  const rendition = Math.floor(draw() * encoders.length);
  // One draw: what is encoded again needs no small pictures before.
  const drawn = draw();
  const isDrawn = drawn < (shares.exact + shares.gray) * factor;
  const exact = drawn < shares.exact * factor || (isDrawn && isNewcomer && encoders[rendition] === "auditable");
  if (repeated !== null) return { rendition: repeated, gray: true, exact, isRequired: true };
  if (isSuspect) return { rendition, gray: false, exact: true, isRequired: true };
  return isDrawn ? { rendition, gray: !exact, exact, isRequired: false } : null;
}
