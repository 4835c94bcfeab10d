import type { Log, Result } from "ethers";
import { pages } from "../../deploy/pages.ts";
import type { ClaimMadeEvent } from "../../types/contracts/interfaces/IDisputeGame.js";
import type {
  Action,
  Announced,
  AnnouncedClaim,
  ChallengeState,
  Court,
  CourtHead,
  GameState,
  MadeClaim,
  Moved,
  Sending,
} from "../verification/agents/interface.ts";
import { OUTCOMES, STAGES } from "../verification/agents/interface.ts";
import { type Call, CallRefused, Calls } from "./calls.ts";
import type { Chain } from "./chain.ts";
import type { SentCallRows } from "./interface.ts";
import { ReadCache } from "./read-cache.ts";
import { announcedClaim, challengeArguments } from "./challenge-call.ts";

/** {1} Blocks after which a transaction may pay more. */
const REPLACE_AFTER = 3;
/** {ms} Windows are for challenges to come, and only a vote changes them. */
const WINDOWS_MS = 600_000;

interface Windows {
  readonly opening: number;
  readonly clock: number;
}

/** The DisputeGame as an account sees it. */
export class CourtAdapter implements Court {
  readonly #chain: Chain;
  readonly #calls: Calls;
  readonly #windows = new ReadCache<Windows>({ lifetimeMs: WINDOWS_MS });

  constructor(modules: { chain: Chain; rows: SentCallRows }) {
    this.#chain = modules.chain;
    this.#calls = new Calls({ replaceAfter: REPLACE_AFTER }, modules);
  }

  get account(): string {
    return this.#chain.wallet.address;
  }

  head(): Promise<CourtHead> {
    return this.#chain.heads.now();
  }

  async blockAt(time: number): Promise<number> {
    let [from, to] = [this.#chain.deployment.block, (await this.head()).number];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      if ((await this.#timeOf(middle)) < time) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  windows(): Promise<Windows> {
    return this.#windows.get("", async () => {
      const { openingWindow, clock } = await this.#chain.disputes.parameters();
      return { opening: Number(openingWindow), clock: Number(clock) };
    });
  }

  async bondFor(orchestrator: string): Promise<bigint> {
    const { disputes } = await this.#chain.bonding.getOrchestrator(orchestrator);
    return this.#chain.disputes.bondFor(disputes);
  }

  async challenge(id: string): Promise<ChallengeState> {
    const { outcome, games } = await this.#chain.disputes.challengeOf(id);
    return { outcome: OUTCOMES[Number(outcome)]!, games: Number(games) };
  }

  async game({ id, claim }: MadeClaim, defender: string): Promise<GameState> {
    const game = await this.#chain.disputes.gameOf(id, claim.challenger, defender);
    const stage = STAGES[Number(game.stage)]!;
    const left = stage === "challengersTurn" ? game.challengerClock : game.defenderClock;
    return { stage, listRoot: game.listRoot, since: Number(game.since), left: Number(left) };
  }

  kept(): Promise<bigint> {
    return this.#chain.disputes.keptFor(this.account);
  }

  async announced(from: number, to: number): Promise<Announced> {
    const { interface: abi } = this.#chain.disputes;
    const names = [abi.getEvent("ClaimMade").topicHash, abi.getEvent("Moved").topicHash];
    const claims: AnnouncedClaim[] = [];
    const moves: Moved[] = [];
    for (const log of await this.#logs([names], from, to)) {
      const event = abi.parseLog(log);
      if (event?.name === "ClaimMade")
        claims.push(announcedClaim(event.args as unknown as ClaimMadeEvent.OutputObject, log.blockNumber, abi));
      if (event?.name === "Moved") moves.push(movedOf(event.args));
    }
    return { claims, moves };
  }

  async moves({ id, block }: MadeClaim, defender: string): Promise<readonly Moved[]> {
    const { disputes } = this.#chain;
    const topics = await disputes.filters.Moved(id, defender).getTopicFilter();
    const logs = await this.#logs(topics as (string | string[])[], block, (await this.head()).number);
    return logs.map((log) => movedOf(disputes.interface.parseLog(log)!.args));
  }

  async act(action: Action): Promise<Sending> {
    try {
      await this.#calls.send(this.#callOf(action));
      return { kind: "sent" };
    } catch (error) {
      if (!(error instanceof CallRefused)) throw error;
      const reason = this.#chain.disputes.interface.parseError(error.data);
      return { kind: "refused", error: reason?.name ?? error.message };
    }
  }

  #callOf(action: Action): Call {
    const { interface: abi } = this.#chain.disputes;
    const to = this.#chain.deployment.contracts.DisputeGame.proxy;
    switch (action.kind) {
      case "challenge": {
        const { evidence, said, bond } = action;
        return { to, data: abi.encodeFunctionData("challenge", [challengeArguments(evidence), said]), value: bond };
      }
      case "defend": {
        const { made, pick, shown, hashes } = action;
        const { id, claim } = made;
        const data = abi.encodeFunctionData("defend", [id, claim, pick, [...shown], [...hashes]]);
        return { to, data, value: claim.defenceBond };
      }
      case "move": {
        const { made, defender, pick, shown, hashes } = action;
        const where = [made.id, made.claim.challenger, defender] as const;
        return { to, data: abi.encodeFunctionData("move", [...where, pick, [...shown], [...hashes]]), value: 0n };
      }
      case "prove": {
        const { made, defender, pick, shown, state, proof } = action;
        const where = [made.id, defender, made.claim] as const;
        return { to, data: abi.encodeFunctionData("prove", [...where, pick, [...shown], state, proof]), value: 0n };
      }
      case "timeout": {
        const { made, defender } = action;
        return { to, data: abi.encodeFunctionData("timeout", [made.id, defender, made.claim]), value: 0n };
      }
      case "release": {
        const { made, defender } = action;
        return { to, data: abi.encodeFunctionData("release", [made.id, defender, made.claim]), value: 0n };
      }
      case "settle":
        return { to, data: abi.encodeFunctionData("settle", [action.made.id, action.made.claim]), value: 0n };
      case "withdraw":
        return { to, data: abi.encodeFunctionData("withdraw"), value: 0n };
    }
  }

  /** {s, Unix} */
  async #timeOf(number: number): Promise<number> {
    const block = await this.#chain.provider.getBlock(number);
    if (block === null) throw new Error(`the chain has no block ${number}`);
    return block.timestamp;
  }

  async #logs(topics: (string | string[])[], from: number, to: number): Promise<Log[]> {
    const address = this.#chain.deployment.contracts.DisputeGame.proxy;
    const { provider } = this.#chain;
    return pages(provider, { from, to }, (fromBlock, toBlock) =>
      provider.getLogs({ address, topics, fromBlock, toBlock }),
    );
  }
}

function movedOf(args: Result): Moved {
  const { id, defender, pick, hashes } = args as unknown as {
    id: string;
    defender: string;
    pick: bigint;
    hashes: string[];
  };
  return { id, defender, pick: Number(pick), hashes: [...hashes] };
}
