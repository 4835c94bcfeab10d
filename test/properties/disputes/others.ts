import { need } from "../../../sim/model/refusal.ts";
import { View } from "../bonding/view.ts";
import { become, PAYEES } from "./payees.ts";
import type { Payee } from "./payees.ts";
import type { Pair } from "./pair.ts";
import { BROADCASTERS, KEY, ORCHESTRATORS, OTHER_SERVICE, OUTSIDERS } from "./stage.ts";
import type { Act } from "./steps.ts";

type Wish<K extends Act["do"]> = Extract<Act, { do: K }>;

/** {round} More than tickets are valid. */
const TICKET_VALIDITY = 2n;

/** What goes on beside disputes: stake that comes and goes, keys, parameters, and the disputes of another module. */
export class Others {
  readonly #pair: Pair;

  constructor(pair: Pair) {
    this.#pair = pair;
  }

  // --- Stake ---

  async register(n: number, amount: bigint): Promise<void> {
    const { staking, tokens } = this.#pair.models;
    const from = this.#account(n);
    const call = { from, on: "bonding", method: "register", args: [0n, 0n, amount] } as const;
    await this.#pair.perform(call, () => {
      staking.register(from, { rewardCut: 0n, feeShare: 0n }, amount);
      tokens.create(from, -amount);
    });
  }

  async bond(from: string, amount: bigint, orchestrator: string): Promise<void> {
    const { staking, tokens } = this.#pair.models;
    const most = tokens.of(from) < amount ? tokens.of(from) : amount;
    await this.#pair.perform({ from, on: "bonding", method: "bond", args: [most, orchestrator] }, () => {
      staking.bond(from, most, orchestrator);
      tokens.create(from, -most);
    });
  }

  async unbond({ by, part }: Wish<"unbond">): Promise<void> {
    const { staking, tokens, rounds } = this.#pair.models;
    const from = this.staker(by);
    const view = new View(staking, rounds.current);
    const amount = ((view.stakeOf(from) + view.waitingOf(from)) * part) / 1_000n;
    const call = { from, on: "bonding", method: "unbond", args: [amount] } as const;
    const disputed = staking.pools.get(staking.account(from).orchestrator ?? "")?.openDisputes ?? 0;
    const done = await this.#pair.perform(call, () => tokens.create(from, staking.unbond(from, amount).paid));
    if (done.ok && disputed > 0) this.#pair.count("unbond under dispute");
  }

  async withdrawStake({ by, lock }: Wish<"withdrawStake">): Promise<void> {
    const { staking, tokens } = this.#pair.models;
    const { from, id } = this.lockOf(by, lock);
    const call = { from, on: "bonding", method: "withdrawStake", args: [id] } as const;
    await this.#pair.perform(call, () => tokens.create(from, staking.withdrawStake(from, id)));
  }

  async unjail({ by }: Wish<"unjail">): Promise<void> {
    const from = this.#account(by);
    const call = { from, on: "bonding", method: "unjail", args: [] } as const;
    await this.#pair.perform(call, () => this.#pair.models.staking.unjail(from));
  }

  /** Mostly one that has locks, and one of them. */
  lockOf(by: number, n: number): { from: string; id: number } {
    const { staking } = this.#pair.models;
    const holders = this.#pair.stage.accounts.filter((each) => staking.account(each).locks.size > 0);
    const from = holders[by % holders.length] ?? this.staker(by);
    const ids = [...staking.account(from).locks.keys()];
    return { from, id: ids[n % ids.length] ?? 0 };
  }

  /** An orchestrator, or an outsider. */
  staker(by: number): string {
    const stakers = [...ORCHESTRATORS, OUTSIDERS, OUTSIDERS + 1];
    return this.#account(stakers[by % stakers.length]!);
  }

  // --- Keys and payees ---

  async receiptKey({ by, key: n, rounds: ahead }: Wish<"receiptKey">): Promise<void> {
    const { disputes, rounds } = this.#pair.models;
    const [from, key] = [this.#account(by), this.#key(n)];
    const last = rounds.current + ahead;
    const call = { from, on: "disputes", method: "authorizeReceiptKey", args: [key, last] } as const;
    await this.#pair.perform(call, () => disputes.admission.authorizeReceiptKey(from, key, last));
  }

  async signer({ by, key: n, rounds: ahead, cap }: Wish<"signer">): Promise<void> {
    const { broker, rounds } = this.#pair.models;
    const [from, key] = [this.#account(BROADCASTERS[by]!), this.#key(n)];
    const last = rounds.current + ahead;
    const call = { from, on: "broker", method: "authorizeSigner", args: [key, last, cap] } as const;
    await this.#pair.perform(call, () => broker.signers.authorize(from, key, last, cap));
  }

  #key(n: number): string {
    return this.#account(n < 800 ? KEY : n % OUTSIDERS);
  }

  async become({ who, what }: Wish<"become">): Promise<void> {
    const kinds = Object.keys(PAYEES) as Payee[];
    const account = this.#account(who);
    const payee = kinds[what % kinds.length]!;
    this.#pair.transcript.push(`${this.#pair.named(account)} becomes ${payee}`);
    this.#pair.models.payees.set(account, payee);
    await become(this.#pair.stage, account, payee);
  }

  // --- Governance ---

  async switch(pause: boolean): Promise<void> {
    const method = pause ? "pause" : "unpause";
    const from = this.#pair.stage.admin;
    const call = { from, on: "disputes", method, args: [] } as const;
    await this.#pair.perform(call, () => this.#pair.models.disputes[method](from));
  }

  async setParameters({ do: _, ...next }: Wish<"setParameters">): Promise<void> {
    const { disputes, staking, rounds } = this.#pair.models;
    const call = { from: this.#pair.stage.admin, on: "disputes", method: "setParameters", args: [next] } as const;
    const running = [...disputes.challenges.values()].some(({ outcome }) => outcome === 1n);
    const done = await this.#pair.perform(call, () =>
      disputes.setParameters(next, { ...staking.parameters, roundLength: rounds.length }),
    );
    if (done.ok && running) this.#pair.count("setParameters under dispute");
  }

  async setBonding({ do: _, ...change }: Wish<"setBonding">): Promise<void> {
    const { staking } = this.#pair.models;
    const { minimumStake, minimumSelfStake, commissionNotice, faultPeriod } = staking.parameters;
    const next = { minimumStake, minimumSelfStake, commissionNotice, faultPeriod, ...change };
    const call = { from: this.#pair.stage.admin, on: "bonding", method: "setParameters", args: [next] } as const;
    await this.#pair.perform(call, () => {
      need(commissionNotice > TICKET_VALIDITY, "BondingManagerNoticeTooShort", commissionNotice, TICKET_VALIDITY);
      staking.parameters = { ...staking.parameters, ...next };
    });
  }

  async setRoundLength({ length }: Wish<"setRoundLength">): Promise<void> {
    const call = { from: this.#pair.stage.admin, on: "rounds", method: "setRoundLength", args: [length] } as const;
    await this.#pair.perform(call, () => this.#pair.models.rounds.setLength(length));
  }

  // --- Another module ---

  async open({ of, ago }: Wish<"otherOpen">): Promise<void> {
    const orchestrator = this.#account(of);
    const { staking, rounds } = this.#pair.models;
    const fault = rounds.current - ago;
    const call = this.#fromModule("openDispute", [OTHER_SERVICE, orchestrator, fault]);
    const done = await this.#pair.perform(call, () => {
      staking.openDispute(orchestrator, fault);
      this.#pair.others.set(orchestrator, [...this.#faultsOf(orchestrator), fault]);
    });
    if (done.ok && staking.pool(orchestrator).openDisputes > 1)
      this.#pair.count("another module's dispute beside others");
  }

  async close({ of, n }: Wish<"otherClose">): Promise<void> {
    const orchestrator = this.#accused(of);
    const fault = this.#faultOf(orchestrator, n);
    if (fault === undefined) return;
    const call = this.#fromModule("closeDispute", [OTHER_SERVICE, orchestrator, fault]);
    await this.#pair.perform(call, () => {
      this.#pair.models.staking.closeDispute(orchestrator, fault);
      const faults = this.#faultsOf(orchestrator);
      this.#pair.others.set(orchestrator, faults.toSpliced(faults.indexOf(fault), 1));
    });
  }

  /** The bounty is an outsider's. */
  async slash({ of, n, fraction }: Wish<"otherSlash">): Promise<void> {
    const { staking, tokens } = this.#pair.models;
    const orchestrator = this.#accused(of);
    const fault = this.#faultOf(orchestrator, n);
    if (fault === undefined) return;
    const to = this.#account(OUTSIDERS + 1);
    const call = this.#fromModule("slash", [OTHER_SERVICE, orchestrator, fault, fraction, to]);
    await this.#pair.perform(call, () => {
      const { loss, bounty } = staking.slash(orchestrator, fault, fraction);
      tokens.create(to, bounty);
      tokens.create(this.#pair.stage.treasury, loss - bounty);
    });
  }

  /** All that are open. */
  async closeAll(): Promise<void> {
    for (const n of ORCHESTRATORS) {
      while (this.#faultsOf(this.#account(n)).length > 0) {
        this.#pair.models.rounds.now += 1n;
        await this.close({ do: "otherClose", of: n, n: 0 });
      }
    }
  }

  #fromModule(method: string, args: readonly unknown[]) {
    return { from: this.#pair.stage.module, on: "bonding", method, args } as const;
  }

  /** Mostly one with whom the module has a dispute. */
  #accused(of: number): string {
    const own = this.#account(of);
    if (this.#faultsOf(own).length > 0) return own;
    const other = this.#account(1 - of);
    return this.#faultsOf(other).length > 0 ? other : own;
  }

  #faultsOf(orchestrator: string): readonly bigint[] {
    return this.#pair.others.get(orchestrator) ?? [];
  }

  /** Of a dispute of its own: modules are trusted not to touch those of each other. */
  #faultOf(orchestrator: string, n: number): bigint | undefined {
    const faults = this.#faultsOf(orchestrator);
    return faults[n % faults.length];
  }

  #account(n: number): string {
    return this.#pair.stage.accounts[n]!;
  }
}
