import type {
  AccountPort,
  Envelope,
  Head,
  Inclusion,
  RedemptionCall,
  SignedTransaction,
} from "../../../offchain/pm/interface.ts";

/** Fakes the account for its transactions: the network does only what a test says. */
export class AccountPort__Fake implements AccountPort {
  latest = 0;
  pending = 0;
  /** By hash. */
  readonly inclusions = new Map<string, Inclusion>();
  /** Answers to the next broadcasts, first to last; afterwards they are taken. */
  readonly answers: (string | Error)[] = [];
  /** Hashes for which the node does not answer. */
  readonly unreadable = new Set<string>();
  readonly signed: { readonly call: RedemptionCall | null; readonly envelope: Envelope }[] = [];
  readonly broadcasts: string[] = [];
  /** How often inclusions were asked for. */
  questions = 0;

  head(): Promise<Head> {
    return Promise.reject(new Error("nobody asks the account for the head here"));
  }

  async nonces(): Promise<{ latest: number; pending: number }> {
    return { latest: this.latest, pending: this.pending };
  }

  estimateGas(): Promise<bigint | null> {
    return Promise.reject(new Error("nobody asks the account for gas here"));
  }

  /** The first transaction signed has hash and code `tx 1`. */
  async sign(call: RedemptionCall | null, envelope: Envelope): Promise<SignedTransaction> {
    this.signed.push({ call, envelope });
    const name = `tx ${this.signed.length}`;
    return { hash: name, raw: name };
  }

  async broadcast(raw: string): Promise<string | null> {
    this.broadcasts.push(raw);
    const answer = this.answers.shift() ?? null;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async inclusion(hash: string): Promise<Inclusion | null> {
    this.questions += 1;
    if (this.unreadable.has(hash)) throw new Error("the node is down");
    return this.inclusions.get(hash) ?? null;
  }
}
