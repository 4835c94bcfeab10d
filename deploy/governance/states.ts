/** As `IGovernor.ProposalState` numbers them. */
export const STATES = [
  "Pending",
  "Active",
  "Canceled",
  "Defeated",
  "Succeeded",
  "Queued",
  "Expired",
  "Executed",
] as const;
export type State = (typeof STATES)[number];
