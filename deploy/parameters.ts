import { readFileSync } from "node:fs";
import { getAddress, isAddress, parseUnits } from "ethers";
import JSON5 from "json5";
import { z } from "zod";
import { DeploymentError } from "./errors.ts";

/** Amount in whole units as a decimal string, to wei. */
const amountIn = (unit: "LPT" | "ETH") =>
  z
    .string()
    .regex(/^\d{1,12}(\.\d{1,18})?$/, `an amount in ${unit} as a string, such as "5000" or "0.5"`)
    .transform((value) => parseUnits(value, 18));

const lpt = amountIn("LPT");
const eth = amountIn("ETH");

/** Percentage as a decimal string, to a ratio on the scale 1e18 = 1. */
const percent = z
  .string()
  .regex(/^\d{1,3}(\.\d{1,16})?$/, 'a percentage as a string, such as "50" or "0.04"')
  .transform((value) => parseUnits(value, 16));

const address = z
  .string()
  .refine((value) => isAddress(value), "not an address")
  .transform((value) => getAddress(value));

const MAX_MINIMUM_STAKE = 1_000_000n * 10n ** 18n;
const MIN_PROPOSAL_THRESHOLD = 10n ** 18n;
const MAX_PROPOSAL_THRESHOLD = 100_000n * 10n ** 18n;
const MIN_SERVICE_DEPOSIT = 10n ** 18n;
const MAX_SERVICE_DEPOSIT = 100_000n * 10n ** 18n;
/** {1e18 = 1} */
const MAX_INFLATION = 2n * 10n ** 15n;
const MIN_INFLATION_STEP = 2n * 10n ** 11n;
const MAX_TREASURY_CUT = 2n * 10n ** 17n;
const ONE = 10n ** 18n;
/** {1e18 = 1} */
const MAX_SLASH_FRACTION = ONE / 2n;
/** {wei} */
const MAX_PENALTY = 10n * ONE;

const schema = z
  .strictObject({
    rounds: z.strictObject({
      roundLength: z
        .int()
        .min(1)
        .max(30 * 86_400),
      startTime: z.union([
        z.literal("deployment"),
        z
          .int()
          .min(0)
          .max(2 ** 40),
      ]),
      startRound: z
        .int()
        .min(1)
        .max(2 ** 31),
    }),
    minter: z.strictObject({
      inflation: percent.refine((value) => value <= MAX_INFLATION, "at most 0.2 %"),
      inflationStep: percent.refine(
        (value) => value >= MIN_INFLATION_STEP && value <= MAX_INFLATION,
        "between 0.00002 and 0.2 %",
      ),
      maximumInflation: percent.refine((value) => value <= MAX_INFLATION, "at most 0.2 %"),
      targetBondingRate: percent.refine((value) => value <= ONE, "at most 100 %"),
      treasuryCut: percent.refine((value) => value <= MAX_TREASURY_CUT, "at most 20 %"),
    }),
    bonding: z
      .strictObject({
        minimumStake: lpt.refine((value) => value <= MAX_MINIMUM_STAKE, "at most 1000000 LPT"),
        minimumSelfStake: lpt,
        unbondingPeriod: z.int().min(1).max(365),
        commissionNotice: z.int().min(1).max(30),
        challengeWindow: z.int().min(600).max(86_400),
        jailPeriod: z.int().min(1).max(100),
        faultAllowance: z.int().min(0).max(3),
        faultPeriod: z.int().min(1).max(365),
      })
      .refine((value) => value.minimumSelfStake <= value.minimumStake, {
        message: "minimumSelfStake must be at most minimumStake",
        path: ["minimumSelfStake"],
      }),
    registry: z.strictObject({
      serviceDeposit: lpt.refine(
        (value) => value >= MIN_SERVICE_DEPOSIT && value <= MAX_SERVICE_DEPOSIT,
        "between 1 and 100000 LPT",
      ),
    }),
    broker: z
      .strictObject({
        ticketValidity: z.int().min(1).max(30),
        unlockPeriod: z.int().min(1).max(100),
        curingPeriod: z.int().min(1).max(30),
      })
      .refine((value) => value.unlockPeriod > value.ticketValidity + 1, {
        message: "unlockPeriod must be above ticketValidity + 1",
        path: ["unlockPeriod"],
      })
      .refine((value) => value.curingPeriod <= value.ticketValidity, {
        message: "curingPeriod must be at most ticketValidity",
        path: ["curingPeriod"],
      }),
    disputes: z.strictObject({
      openingWindow: z.int().min(600).max(86_400),
      clock: z
        .int()
        .min(60)
        .max(7 * 86_400),
      slashFraction: percent.refine((value) => value > 0n && value <= MAX_SLASH_FRACTION, "above 0 and at most 50 %"),
      gasPriceCap: z.int().min(0).max(10_000),
      penalty: eth.refine((value) => value > 0n && value <= MAX_PENALTY, "above 0 and at most 10 ETH"),
    }),
    token: z.strictObject({
      genesis: z
        .array(
          z.strictObject({
            account: z.union([z.literal("deployer"), address]),
            amount: lpt.refine((value) => value > 0n, "must not be zero"),
          }),
        )
        .max(100),
    }),
    governance: z.strictObject({
      administrator: z.union([z.literal("governor"), z.literal("deployer"), address]),
      guardian: address.nullable(),
      votingDelay: z.int().min(0).max(30),
      votingPeriod: z.int().min(1).max(90),
      proposalThreshold: lpt.refine(
        (value) => value >= MIN_PROPOSAL_THRESHOLD && value <= MAX_PROPOSAL_THRESHOLD,
        "between 1 and 100000 LPT",
      ),
      quorum: z.int().min(5).max(67),
      timelock: z.int().min(1).max(90),
    }),
  })
  .refine(({ bonding, broker }) => bonding.commissionNotice > broker.ticketValidity, {
    message: "commissionNotice must be above ticketValidity",
    path: ["bonding", "commissionNotice"],
  })
  .refine(({ bonding, disputes }) => disputes.openingWindow <= bonding.challengeWindow, {
    message: "openingWindow must be at most challengeWindow",
    path: ["disputes", "openingWindow"],
  })
  .refine(
    ({ rounds, bonding, disputes }) =>
      bonding.unbondingPeriod * rounds.roundLength >= disputes.openingWindow + 2 * disputes.clock + rounds.roundLength,
    {
      message: "unbonding must take at least openingWindow, two clocks and a round",
      path: ["bonding", "unbondingPeriod"],
    },
  )
  .refine(
    ({ bonding, governance: { votingDelay, votingPeriod, timelock } }) =>
      votingDelay + votingPeriod + timelock < bonding.unbondingPeriod,
    {
      message: "unbondingPeriod must be above votingDelay + votingPeriod + timelock",
      path: ["bonding", "unbondingPeriod"],
    },
  );

/** Parsed parameters of a network: amounts in wei, ratios on the scale 1e18 = 1, times in seconds, periods in rounds. */
export type Parameters = z.infer<typeof schema>;

/** Parameters as they stand in a file: amounts in whole LPT and ratios in percent, as strings. */
export type RawParameters = z.input<typeof schema>;

/** Checks bounds and inequalities and converts units. */
export function parseParameters(content: unknown, source = "parameters"): Parameters {
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new DeploymentError("InvalidParameters", `${source}:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Reads a `parameters.json5`. */
export function readParameters(file: string): Parameters {
  let content: unknown;
  try {
    content = JSON5.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new DeploymentError("InvalidParameters", `${file} cannot be read: ${String(cause)}`, { cause });
  }
  return parseParameters(content, file);
}
