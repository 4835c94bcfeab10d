/** What an operation is measured as, and what it is measured against. */
export interface Operation {
  /** {gas} At most that. */
  readonly goal?: number;
  /** {gas} What the live protocol takes for it. */
  readonly live?: number;
  readonly case: string;
}

const SYNCED = "pool touched in this round already";
const BUSY = `${SYNCED}, and stake has entered and left it`;
const SYNCING = "pool last touched in the round before, in which stake entered and left it";
const EXACT = "allowance of just that amount";
const BEGUN = "others have redeemed in this round already";
const FULL = "no byte of the state's words and of the leaves is zero";
const NOW = `fault of this round; ${SYNCED}`;
const WORDS = "no free byte is zero";
const CROWD = "the same, with a thousand delegators more behind the orchestrator";
const WON = "the recipient has redeemed tickets of the sender in this round already";

/**
 * Everything at noon of a round that somebody else has begun. The live figures: livepeer/protocol, branch delta f225b10, as it is deployed (solc 0.8.9 at 200
 * runs, behind its proxies), real rounds, 100 active orchestrators, steady state, with perfect hints where it takes any, on an in-process chain under the same rules.
 */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  reward: { goal: 120_000, live: 530_729, case: SYNCING },
  "reward.idle": { case: "pool last touched in the round before, in which nothing entered or left it" },
  "round.begin": {
    case: "what the first action of a round pays on top: a reward that begins it, less one that does not",
  },
  "bond.first.synced": { goal: 155_000, live: 640_124, case: `${SYNCED}; ${EXACT}` },
  "bond.first.synced.busy": { goal: 155_000, live: 640_124, case: `${BUSY}; ${EXACT}` },
  "bond.first.syncing": { goal: 220_000, live: 640_124, case: `${SYNCING}; ${EXACT}` },
  "bond.more.synced": { goal: 120_000, live: 423_925, case: `${SYNCED}; ${EXACT}` },
  "bond.more.synced.busy": { goal: 120_000, live: 423_925, case: `${BUSY}; ${EXACT}` },
  "bond.more.syncing": { goal: 205_000, live: 423_925, case: `${SYNCING}; ${EXACT}` },
  "register.all": {
    goal: 250_000,
    // 137,996 of it for the commission.
    live: 724_733,
    case: `with commission and own stake that makes it active; ${EXACT}`,
  },
  "unbond.partial.synced": { goal: 140_000, live: 460_846, case: `${SYNCED}; first to leave in it` },
  "unbond.partial.syncing": { goal: 195_000, live: 460_846, case: SYNCING },
  "move.synced": {
    goal: 210_000,
    live: 907_817,
    case: "two transactions: everything leaves, and is bonded behind another in the next round; both pools touched before in both",
  },
  "move.synced.unbond": { case: "the first of them" },
  "move.synced.rebond": { case: "the second of them" },
  "move.syncing": {
    goal: 280_000,
    live: 907_817,
    case: "the same; both pools last touched in the round before, in which stake entered and left them",
  },
  "move.syncing.unbond": { case: "the first of them" },
  "move.syncing.rebond": { case: "the second of them; it brings both pools up to date" },
  "withdrawFees.idle1": { goal: 110_000, live: 278_156, case: "fees of one round, pulled before by somebody" },
  "withdrawFees.idle30": {
    goal: 125_000,
    live: 278_156,
    case: "fees of each of thirty rounds, pulled before by somebody, claimed in one call",
  },
  "withdrawFees.pull1": { case: `two transactions: fees of one round are pulled, then withdrawn; ${SYNCED}` },
  "fees.pullPerRound": { case: "each further round of fees in one pull" },
  withdrawStake: { goal: 62_000, live: 102_232, case: "others' stake left in the same round" },
  "withdrawStake.emptyBalance": { goal: 80_000, case: "the same, to an account without LPT" },
  slash: {
    goal: 200_000,
    live: 300_815,
    case: "the module's transaction; fault of the round before; stake has entered and left in both rounds; challenger without LPT",
  },
  "rounds.poke": {
    goal: 80_000,
    live: 233_286,
    case: "initializeRound, which nobody needs; the round before was announced, too",
  },
  "redeem.warm": { goal: 58_000, live: 182_541, case: `${WON}, of the sender's own key` },
  "redeem.hotKey": { goal: 58_000, case: `${WON}, of a key that has signed a winner of this round before` },
  "redeem.firstOfRound": { case: `first ticket of the recipient in this round; ${BEGUN}` },
  "redeem.newRound": { case: "the same, and nobody has asked the broker in this round before" },
  "redeem.cold": { goal: 92_000, live: 241_082, case: `first ticket of the recipient ever; ${BEGUN}` },
  "redeem.allocation": {
    goal: 75_000,
    live: 229_604,
    case: `${WON}; deposit and allocation pay a part each (live: from the reserve alone)`,
  },
  "redeem.batch10.perTicket": { goal: 13_000, live: 90_767, case: `a tenth of one call with ten; ${WON}` },
  "redeem.batch100.perTicket": { goal: 7_500, live: 80_370, case: `a hundredth of one call with a hundred; ${WON}` },
  "fund.first": { goal: 60_000, live: 107_916, case: "deposit and escrow of a new sender" },
  "fund.topUp": { goal: 40_000, live: 73_716, case: "deposit and escrow" },
  unlock: { case: BEGUN },
  withdraw: { case: `deposit and escrow, after the unlock period; ${BEGUN}` },
  "calldata.single": { goal: 220, live: 548, case: "{byte} of a redemption" },
  "calldata.batchItem": { goal: 150, case: "{byte} a tenth of a batch with ten" },
  "vm.step.alu": { goal: 75_000, case: `the contract called by itself; ${FULL}` },
  "vm.step.load": { goal: 90_000, case: `the same; ${FULL}` },
  "vm.step.store": { goal: 95_000, case: `the same; ${FULL}` },
  "dispute.total.2e32steps": {
    goal: 1_100_000,
    case: `challenge, defence, six moves, proof and settlement with a slash, all of them as below; ${WORDS}`,
  },
  "dispute.challenge": { case: `${NOW}; first of the orchestrator; three outputs; signed by sender and orchestrator` },
  "dispute.challenge.hotKeys": { case: "the same; signed, and sent, by keys of both" },
  "dispute.defend": { case: "the orchestrator's" },
  "dispute.move": { case: "the dearest of six" },
  "dispute.prove": { case: "of a store; the challenger wins" },
  "dispute.settle": { case: `${NOW}; by the challenger, which has no LPT` },
  "dispute.rounds": { goal: 9, case: "{1} transactions until the step is executed" },
  "dispute.total.busy": {
    case: "the same; fault of the round before; stake has entered and left in both rounds",
  },
  "dispute.settle.busy": { case: "of that" },
  "gov.propose": { case: "one call, by an orchestrator" },
  "gov.vote": { case: "an orchestrator's, with all stake behind it" },
  "gov.override": { case: "a delegator's, after its orchestrator has voted" },
  "gov.override.before": { case: "the same, before" },
  "gov.propose.crowd": { case: CROWD },
  "gov.vote.crowd": { case: CROWD },
  "gov.override.crowd": { case: CROWD },
  "gov.override.before.crowd": { case: CROWD },
  "registry.uri37": { goal: 130_000, live: 104_536, case: "first URI, of 37 bytes" },
};

/** {byte} Runtime code of each contract; a chain allows 24,576. */
export const SIZE_GOAL = 20_000;
/** {byte} The live protocol's largest. */
export const LIVE_SIZE = 22_064;
