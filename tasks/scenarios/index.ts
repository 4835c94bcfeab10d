import { CONTRACT_SCENARIOS } from "./contracts/index.ts";
import type { Scenario } from "./interface.ts";
import { NODE_SCENARIOS } from "./nodes/index.ts";

export const SUITES = {
  full: [...CONTRACT_SCENARIOS, ...NODE_SCENARIOS],
  contracts: CONTRACT_SCENARIOS,
  none: [],
} as const satisfies Record<string, readonly Scenario[]>;

export type SuiteName = keyof typeof SUITES;
