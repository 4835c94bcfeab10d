import { parseUnits } from "ethers";
import { z } from "zod";
import { OBSERVATIONS, type ObservationName } from "../observations/index.ts";

const decimal = (form: RegExp, example: string) =>
  z
    .string()
    .regex(form, `a decimal number as a string, such as ${example}`)
    .transform((value) => parseUnits(value, 18));

/** {wei LPT} or {wei ETH}, from whole ones. */
const amount = decimal(/^\d{1,12}(\.\d{1,18})?$/, '"5000" or "0.5"');
/** {1e18 = 1} */
const ratio = decimal(/^(0(\.\d{1,18})?|1(\.0{1,18})?)$/, '"0.5", from "0" to "1"');

const fraction = z.number().min(0).max(1);
const count = z.int().min(1).max(1_000);
const text = z.string().min(1);
const label = z.string().regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and hyphens");
const observation = z.enum(Object.keys(OBSERVATIONS) as ObservationName[]);

const protocol = z.strictObject({
  roundLength: z
    .int()
    .min(1)
    .max(30 * 86_400),
  supply: amount,
  inflation: ratio,
  inflationStep: ratio,
  maximumInflation: ratio,
  targetBondingRate: ratio,
  treasuryCut: ratio,
  minimumStake: amount,
  minimumSelfStake: amount,
  unbondingPeriod: z.int().min(1).max(365),
  commissionNotice: z.int().min(1).max(365),
  challengeWindow: z.int().min(0),
  jailPeriod: z.int().min(0).max(365),
  faultAllowance: z.int().min(0).max(3),
  faultPeriod: z.int().min(1).max(365),
  ticketValidity: z.int().min(0).max(30),
});

const orchestrators = z.strictObject({
  count,
  stake: amount,
  rewardCut: ratio,
  feeShare: ratio,
  fees: z.number().min(0).max(1_000_000),
});

const delegators = z.strictObject({
  /** What its members are called, with a number; `delegator` without it. */
  label: label.optional(),
  count,
  stake: amount,
  review: fraction,
  memory: z.int().min(1).max(100),
  horizon: z.int().min(1).max(10_000),
  switchingCost: z.number().min(0),
});

const holders = z.strictObject({
  count,
  stake: amount,
  review: fraction,
  memory: z.int().min(1).max(100),
  outsideReturn: z.strictObject({ lowest: z.number().min(0), highest: z.number().min(0) }),
  margin: z.number().min(0),
});

const start = z.strictObject({
  name: text,
  staked: fraction.optional(),
  delegation: z.enum(["spread", "one"]).optional(),
});

const shock = z.strictObject({
  round: z.int().min(1),
  fees: z.record(text, z.number().min(0).max(1_000_000)),
});

/** What the generator takes. */
export const MAX_SEED = 2 ** 31 - 1;

export const RUNS = ["acting", "baseline"] as const;

const expectation = z
  .strictObject({
    says: text,
    observation,
    /** One of several that the observation has; without it all of them. */
    line: text.optional(),
    run: z.enum(RUNS),
    from: z.int().min(1),
    to: z.int().min(1).optional(),
    statistic: z.enum(["every", "mean", "last"]),
    comparison: z.enum(["below", "above", "between"]),
    bounds: z.array(z.number()).min(1).max(2),
  })
  .refine(({ comparison, bounds }) => bounds.length === (comparison === "between" ? 2 : 1), {
    message: '"between" takes two bounds, "below" and "above" take one',
    path: ["bounds"],
  })
  .refine(({ bounds: [low, high] }) => high === undefined || low! <= high, {
    message: "the lower bound comes first",
    path: ["bounds"],
  })
  .refine(({ from, to }) => to === undefined || from <= to, { message: "to must not be before from", path: ["to"] });

const plot = z.strictObject({
  observation,
  title: text,
  /** A line across, and what it is. */
  reference: z.strictObject({ value: z.number(), label: text }).optional(),
  scale: z.enum(["linear", "log"]).optional(),
});

/** A scenario's file. Units are in `sim/README.md`. */
export const scenarioSchema = z
  .strictObject({
    name: label,
    description: text,
    expectation: text,
    seed: z.int().min(0).max(MAX_SEED),
    rounds: z.int().min(1).max(20_000),
    protocol,
    market: z.strictObject({ lptPrice: z.number().gt(0) }),
    population: z.strictObject({
      orchestrators: z.array(orchestrators).min(1),
      delegators: z.array(delegators),
      holders: z.array(holders),
    }),
    demand: z.strictObject({ noise: fraction, shocks: z.array(shock) }),
    starts: z.array(start).min(1),
    expectations: z.array(expectation).min(1),
    plots: z.array(plot),
  })
  .superRefine((scenario, context) => {
    const refuse = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: "custom", message, path });
    const { population, protocol, rounds } = scenario;

    const groups = [...population.orchestrators, ...population.delegators, ...population.holders];
    const held = groups.reduce((sum, group) => sum + BigInt(group.count) * group.stake, 0n);
    if (held > protocol.supply) refuse("everybody together has more than the supply", "population");
    if (protocol.challengeWindow >= protocol.roundLength)
      refuse("must be below roundLength", "protocol", "challengeWindow");

    for (const [index, { outsideReturn }] of population.holders.entries()) {
      if (outsideReturn.lowest > outsideReturn.highest)
        refuse("lowest must be at most highest", "population", "holders", index, "outsideReturn");
    }
    for (const [index, { round, fees }] of scenario.demand.shocks.entries()) {
      if (round > rounds) refuse("must be at most rounds", "demand", "shocks", index, "round");
      const count = population.orchestrators.reduce((sum, group) => sum + group.count, 0);
      for (const name of Object.keys(fees)) {
        const number = /^orchestrator-([1-9]\d*)$/.exec(name)?.[1];
        if (number === undefined || Number(number) > count)
          refuse(`no such orchestrator`, "demand", "shocks", index, "fees", name);
      }
    }
    for (const [index, { from, to }] of scenario.expectations.entries()) {
      if (Math.max(from, to ?? 0) > rounds) refuse("must be at most rounds", "expectations", index, "from");
    }
    if (new Set(scenario.starts.map(({ name }) => name)).size < scenario.starts.length)
      refuse("names must differ", "starts");
  });

export type Scenario = z.output<typeof scenarioSchema>;
export type Start = Scenario["starts"][number];
export type Run = (typeof RUNS)[number];
export type Expectation = Scenario["expectations"][number];
export type Plot = Scenario["plots"][number];
