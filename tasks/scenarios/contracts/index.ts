import type { Scenario } from "../interface.ts";
import { administrator } from "./administrator.ts";
import { fault } from "./fault.ts";
import { poll } from "./poll.ts";
import { registry } from "./registry.ts";
import { refuted, unproven } from "./slander.ts";
import { stake } from "./stake.ts";
import { tickets } from "./tickets.ts";
import { vote } from "./vote.ts";

/** What people do with the contracts alone. */
export const CONTRACT_SCENARIOS: readonly Scenario[] = [
  stake,
  tickets,
  registry,
  fault,
  refuted,
  unproven,
  administrator,
  vote,
  poll,
];
