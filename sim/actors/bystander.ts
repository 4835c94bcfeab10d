import type { Actor } from "./actor.ts";

/** Leaves everything as it is: an orchestrator whose commission is fixed, and everybody in a baseline. */
export const BYSTANDER: Actor = { act: () => undefined };
