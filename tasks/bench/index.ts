import { emptyTask, task } from "hardhat/config";
import { ArgumentType } from "hardhat/types/arguments";

export const benchTasks = [
  emptyTask("bench", "Measure; results go to test/bench/results").build(),
  task(["bench", "demo"], "Time the whole run against bare ffmpeg on the same clip")
    .addOption({ name: "runs", description: "How often", type: ArgumentType.INT, defaultValue: 5 })
    .addOption({
      name: "seconds",
      description: "Length of the generated clip",
      type: ArgumentType.INT,
      defaultValue: 30,
    })
    .addOption({
      name: "input",
      description: "Video file instead of the generated clip",
      type: ArgumentType.FILE_WITHOUT_DEFAULT,
      defaultValue: undefined,
    })
    .setAction(() => import("./demo.ts"))
    .build(),
  task(["bench", "cheats"], "Make honest outputs and cheats, and tell which check of pictures finds which")
    .addOption({ name: "samples", description: "Cheats of each kind", type: ArgumentType.INT, defaultValue: 50 })
    .addOption({
      name: "ordered",
      description: "Honest outputs, made as they were ordered",
      type: ArgumentType.INT,
      defaultValue: 2_000,
    })
    .addOption({
      name: "others",
      description: "Honest outputs by other encoders",
      type: ArgumentType.INT,
      defaultValue: 1_000,
    })
    .addOption({
      name: "set",
      description: "Clips: validation, or tuning, on which thresholds were chosen",
      type: ArgumentType.STRING,
      defaultValue: "validation",
    })
    .addOption({
      name: "journal",
      description: "File from which a run that was ended goes on",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .setAction(() => import("./cheats.ts"))
    .build(),
  task(["bench", "dispute"], "Have two agents play disputes over a long run, and time them")
    .addOption({
      name: "steps",
      description: "Of the run, at least; at most 2,800,000,000",
      type: ArgumentType.INT,
      defaultValue: 1_000_000_000,
    })
    .addFlag({ name: "rounds", description: "Print each round" })
    .setAction(() => import("./dispute.ts"))
    .build(),
  task(["bench", "redeemer"], "Have a redeemer clear a long queue of winners on a local chain")
    .addOption({ name: "winners", description: "How many", type: ArgumentType.INT, defaultValue: 5_000 })
    .addOption({ name: "senders", description: "From how many senders", type: ArgumentType.INT, defaultValue: 200 })
    .setAction(() => import("./redeemer.ts"))
    .build(),
  task(["bench", "downtime"], "Upgrade three alphas, and tell for how long their users cannot do what")
    .setAction(() => import("./downtime.ts"))
    .build(),
  task(["bench", "gas"], "Measure what the contracts cost, with few and many orchestrators and rounds")
    .addFlag({ name: "check", description: "Only compare what is quickly measured with the results that are kept" })
    .setAction(() => import("./gas.ts"))
    .build(),
  task(["bench", "tickets"], "Count the tickets that a recipient takes per CPU second")
    .addOption({
      name: "tickets",
      description: "How many; 10,000,000 show that memory stays flat, and take hours",
      type: ArgumentType.INT,
      defaultValue: 60_000,
    })
    .addOption({ name: "senders", description: "From how many senders", type: ArgumentType.INT, defaultValue: 10_000 })
    .setAction(() => import("./tickets.ts"))
    .build(),
  task(["bench", "pool"], "Time small segments through both kinds of pool")
    .addOption({
      name: "segments",
      description: "Through each, one after the other",
      type: ArgumentType.INT,
      defaultValue: 200,
    })
    .setAction(() => import("./pool.ts"))
    .build(),
  task(["bench", "pipeline"], "Measure what the network adds to ffmpeg: time, CPU time, delays, quotes")
    .addOption({
      name: "only",
      description:
        "Parts, separated by commas: throughput, live, hedging, overhead, quotes; they are printed, not kept",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .setAction(() => import("./pipeline.ts"))
    .build(),
  task(["bench", "quotes"], "Choose among many orchestrators, knowing nobody and knowing all")
    .addOption({ name: "orchestrators", description: "How many", type: ArgumentType.INT, defaultValue: 1_000 })
    .setAction(() => import("./quotes.ts"))
    .build(),
  task(
    ["bench", "failures"],
    "Stream through a network in which something is broken all the time, and account for each segment",
  )
    .addOption({
      name: "material",
      description: "Segments: small, or real, which go through the default ladder",
      type: ArgumentType.STRING,
      defaultValue: "small",
    })
    .addOption({ name: "segments", description: "How many", type: ArgumentType.INT, defaultValue: 18_000 })
    .addOption({ name: "streams", description: "At the same time", type: ArgumentType.INT, defaultValue: 4 })
    .addOption({
      name: "orchestrators",
      description: "How many; the first is never touched",
      type: ArgumentType.INT,
      defaultValue: 6,
    })
    .addOption({ name: "seed", description: "Of all draws", type: ArgumentType.INT, defaultValue: 1 })
    .addOption({
      name: "pace",
      description: "Length of the faults, in percent of what they last",
      type: ArgumentType.INT,
      defaultValue: 100,
    })
    .addOption({
      name: "minutes",
      description: "After which no more streams begin, whatever is left; 0: no limit",
      type: ArgumentType.INT,
      defaultValue: 0,
    })
    .addOption({
      name: "kinds",
      description: "Only these faults, with commas between them",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .addOption({
      name: "input",
      description: "Video file for real segments instead of a generated clip",
      type: ArgumentType.FILE_WITHOUT_DEFAULT,
      defaultValue: undefined,
    })
    .addFlag({ name: "keep", description: "Write the result to test/bench/results/failures.json" })
    .setAction(() => import("./failures.ts"))
    .build(),
  task(
    ["bench", "soak"],
    "Stream for long, many streams at the speed of live ones, and see whether the nodes take more and more",
  )
    .addOption({ name: "minutes", description: "How long", type: ArgumentType.INT, defaultValue: 30 })
    .addOption({ name: "streams", description: "At the same time", type: ArgumentType.INT, defaultValue: 50 })
    .addOption({ name: "orchestrators", description: "How many", type: ArgumentType.INT, defaultValue: 4 })
    .addOption({ name: "seconds", description: "Length of a segment", type: ArgumentType.INT, defaultValue: 2 })
    .addFlag({ name: "real", description: "Have ffmpeg transcode each segment of each stream; needs many cores" })
    .addFlag({ name: "keep", description: "Write the result to test/bench/results/soak.json" })
    .setAction(() => import("./soak.ts"))
    .build(),
  task(["bench", "overload"], "Offer more than the transcoders can do, and count what is delivered in time")
    .addOption({ name: "seconds", description: "Of each load", type: ArgumentType.INT, defaultValue: 40 })
    .addOption({
      name: "loads",
      description: "Offered, as shares of the capacity, with commas between them",
      type: ArgumentType.STRING,
      defaultValue: "0.5,1,2,3,5",
    })
    .addOption({ name: "gateways", description: "That share the streams", type: ArgumentType.INT, defaultValue: 1 })
    .addOption({
      name: "keep",
      description: "Under this name in test/bench/results/overload.json; without it the result is printed only",
      type: ArgumentType.STRING,
      defaultValue: "",
    })
    .setAction(() => import("./overload.ts"))
    .build(),
  task(["bench", "vm"], "Measure the engines of the machine that judges segments")
    .addOption({
      name: "steps",
      description: "Of the run whose first answer is timed, at most 1,600,000,000",
      type: ArgumentType.INT,
      defaultValue: 1_000_000_000,
    })
    .setAction(() => import("./vm.ts"))
    .build(),
];
