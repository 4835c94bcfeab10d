import { dataSlice, id, keccak256 } from "ethers";
import type { Result } from "ethers";
import { decodeState, encodeState } from "../../../offchain/vm/state.ts";
import type { Start } from "../../../sim/model/disputes/context.ts";
import { baseBondOf } from "../../../sim/model/disputes/parameters.ts";
import type { Evidence, Receipt } from "../../../sim/model/disputes/receipt.ts";
import { saidBy } from "../../fixtures/disputes.ts";
import { runOf } from "./book.ts";
import type { Book } from "./book.ts";
import type { Trial } from "./cases.ts";
import { encodeCall } from "../chain.ts";
import { sign } from "./evidence.ts";
import type { Pair } from "./pair.ts";
import { BROADCASTERS, KEY, OTHER_SERVICE, SERVICE } from "./stage.ts";
import type { Act } from "./steps.ts";

type Wish = Extract<Act, { do: "challenge" }>;

/** {bytes} One more than a source or output may have. */
const TOO_LONG = 2n ** 26n + 1n;
/** {1} Steps of a run that does not end. */
const MOST_STEPS = 2n ** 40n;
/** {1} From this number on a receipt is shown again that was challenged before. */
const AGAIN = 28;

/** Broadcasters that challenge what orchestrators have signed. */
export class Challengers {
  readonly #pair: Pair;
  readonly #book: Book;

  constructor(pair: Pair, book: Book) {
    this.#pair = pair;
    this.#book = book;
  }

  async challenge(wish: Wish): Promise<void> {
    const { stage, models } = this.#pair;
    const { disputes, staking } = models;
    const trial = stage.cases.trials[wish.source]![wish.output]!;
    const again = wish.sequence >= AGAIN ? this.#book.opened[wish.sequence % this.#book.opened.length] : undefined;
    const evidence = again?.evidence ?? (await this.#evidence(wish, trial));
    const { said, list, honest } = again ?? (await this.#say(wish, trial));
    await this.#learnStart(evidence, again?.trial ?? trial, wish);

    const { sender, orchestrator } = evidence.receipt;
    const from = wish.fault === "caller" ? stage.accounts[6]! : wish.hot ? stage.accounts[KEY]! : sender;
    const open = BigInt(staking.pools.get(orchestrator)?.openDisputes ?? 0);
    const value = (baseBondOf(disputes.parameters) << open) + (wish.fault === "value" ? 1n : 0n);
    const call = { from, on: "disputes", method: "challenge", args: [evidence, said], value } as const;
    const done = await this.#pair.perform(
      call,
      (cost) => disputes.challenge({ caller: from, value, data: encodeCall(call) }, evidence, said, cost),
      {
        cap: disputes.parameters.gasPriceCap,
        read: async (hash) => {
          const [opened] = await stage.chain.events("disputes", hash);
          const name = opened!.args.getValue("id") as string;
          const [shown] = (await stage.chain.read("disputes", "challengeOf", name)) as unknown as [Result];
          return { cost: shown.getValue("costs") as bigint, whole: true };
        },
      },
    );
    if (!done.ok) return;
    const challenge = disputes.challenges.get(done.result)!;
    this.#book.opened.push({ id: done.result, evidence, said, trial: again?.trial ?? trial, list, honest, challenge });
    this.#pair.count(honest ? "true challenge" : "false challenge");
    if (from !== sender) this.#pair.count("challenge by a hot key");
    if (open > 0n) this.#pair.count("challenge beside others");
  }

  // --- What was signed ---

  #evidence(wish: Wish, trial: Trial): Promise<Evidence> {
    const { stage, models } = this.#pair;
    const { accounts, cases } = stage;
    const { fault } = wish;
    const [orchestrator, sender] = [accounts[wish.of]!, accounts[BROADCASTERS[wish.by]!]!];
    const source = cases.sources[wish.source]!;
    const receipt: Receipt = {
      orchestrator,
      sender,
      stream: id("stream"),
      sequence: BigInt(wish.sequence),
      sourceRoot: source.root,
      sourceLength: fault === "huge source" ? TOO_LONG : source.length,
      outputs: cases.outputs.map((output) => (fault === "huge output" ? { ...output, length: TOO_LONG } : output)),
      profilesHash: id("profiles"),
      service: fault === "other service" ? OTHER_SERVICE : SERVICE,
      program: fault === "other program" ? id("program") : cases.program,
      parametersRoot: cases.parametersRoot,
      stepBound: fault === "beyond the bound" ? trial.steps / 2n - 1n : MOST_STEPS,
      timestamp: this.timeOf(wish),
    };
    const round = models.rounds.at(receipt.timestamp);
    const key = accounts[KEY]!;
    // Whoever may, signs with its key now and then.
    const keyed = wish.sequence % 2 === 1 && models.disputes.admission.receiptKeyUntil(orchestrator, key) >= round;
    const outputIndex = fault === "no such output" ? 2n : BigInt(wish.output);
    const orderer = fault === "order signer" ? orchestrator : wish.hot && wish.sequence % 2 === 0 ? key : sender;
    const author = fault === "receipt signer" ? sender : keyed ? key : orchestrator;
    if (keyed && fault === "none") this.#pair.count("receipt by a key");
    return sign(stage, { receipt, outputIndex, orderer, author, fault });
  }

  /** {s} Of the receipt. */
  timeOf({ age }: Wish): bigint {
    const { rounds, disputes } = this.#pair.models;
    const { openingWindow } = disputes.parameters;
    switch (age) {
      case "now":
        return rounds.now;
      case "recent":
        return rounds.now - 100n;
      case "last":
        return rounds.now - openingWindow;
      case "late":
        return rounds.now - openingWindow - 1n;
      case "future":
        return rounds.now + 1n;
      case "round before":
        return rounds.startOf(rounds.current) - 1n;
    }
  }

  // --- What is said of it ---

  async #say(wish: Wish, trial: Trial) {
    const { fault, end, talk } = wish;
    const steps = { real: trial.steps, early: trial.steps / 2n, long: 5_000n }[end];
    const final = encodeState({
      ...decodeState(trial.end),
      verdict: fault === "no fault" ? 1 : 2,
      step: fault === "no steps" ? 0n : steps,
    });
    const honest = trial.isFault && talk === "truth" && end === "real" && fault !== "no fault" && fault !== "no steps";
    const spoken = runOf(talk, trial, wish.from);
    // A run that ends otherwise than in truth has a lie at its end, at least.
    const run = {
      witnessAt: (step: bigint) => spoken.witnessAt(step),
      hashesAt: async (at: readonly bigint[]) => {
        const hashes = await spoken.hashesAt(at);
        return hashes.map((each, i) => (!honest && at[i]! >= steps ? keccak256(final) : each));
      },
    };
    const { said, list } = await saidBy(run, final);
    return { said: fault === "short claim" ? dataSlice(said, 32) : said, list, honest };
  }

  /** Asks the real machine for the start, which has to be that of the run. */
  async #learnStart({ receipt, outputIndex }: Evidence, trial: Trial, { fault }: Wish): Promise<void> {
    const output = receipt.outputs[Number(outputIndex)];
    if (output === undefined || receipt.sourceLength === TOO_LONG || output.length === TOO_LONG) return;
    const { program, parametersRoot, sourceRoot, sourceLength } = receipt;
    const start: Start = {
      program,
      parametersRoot,
      sourceRoot,
      sourceLength,
      outputRoot: output.root,
      outputLength: output.length,
      outputIndex,
    };
    const [answer] = (await this.#pair.stage.chain.read("machine", "startHash", start)) as unknown as [string];
    if (fault !== "other program" && answer !== trial.start) throw new Error(`the run starts in ${trial.start}`);
    this.#pair.models.machine.learnStart(start, answer);
  }
}
