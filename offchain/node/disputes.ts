import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import type { Chain } from "../eth/chain.ts";
import { CourtAdapter } from "../eth/court.ts";
import { verificationDomainOf } from "../eth/domains.ts";
import { PeerClient } from "../net/client.ts";
import type { NodeStore } from "../store/interface.ts";
import type { Agent } from "../verification/agents/agent.ts";
import { Challenger } from "../verification/agents/challenger.ts";
import { Defender } from "../verification/agents/defender.ts";
import { Docket } from "../verification/agents/docket.ts";
import type { MadeClaim, Role } from "../verification/agents/interface.ts";
import { AgentLoop } from "../verification/agents/loop.ts";
import { type OpenRun, Runs, type SegmentSource } from "../verification/agents/runs.ts";
import type { Accuser } from "../verification/evidence/interface.ts";
import { segmentDirectory, SegmentStore } from "../verification/evidence/segment-store.ts";
import { ThreadedRun } from "../verification/game/threaded-run.ts";
import { readProgram } from "../vm/elf.ts";
import { elfOf, guestOf } from "../vm/guest/build.ts";
import type { Case } from "../vm/start.ts";
import { systemClock } from "./clock.ts";
import { PeerSegments } from "./peer-segments.ts";

/** Settings that all of them share. */
interface Settings {
  readonly chain: { readonly pollMs: number };
  readonly dataDir: string;
  readonly disputes: { readonly maximumBond: bigint; readonly storeBytes: number; readonly runMs: number };
}

interface DefenderSettings extends Settings {
  readonly disputes: Settings["disputes"] & { readonly peers: readonly string[]; readonly fetchMs: number };
}

interface Modules {
  readonly chain: Chain;
  readonly store: NodeStore;
  readonly log: Logger;
}

interface AgentModules extends Modules {
  readonly segments: SegmentStore;
  /** What is run and how, when it is neither a program of this software nor in a thread. */
  readonly programOf?: (root: string) => Uint8Array | null;
  readonly start?: (judged: Case) => OpenRun;
}

/** An agent at work. */
export interface Disputing {
  /** Resolves when no dispute is open. @throws the signal's reason */
  idle(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The ROM of a program that comes with this software. */
export function programOf(root: string): Uint8Array | null {
  const guest = guestOf(root);
  return guest === null ? null : readProgram(readFileSync(elfOf(guest)));
}

export function openSegments({ dataDir, disputes }: Settings, { chain, store, log }: Modules): Promise<SegmentStore> {
  return SegmentStore.open(
    {
      directory: segmentDirectory(dataDir),
      domain: verificationDomainOf(chain.deployment),
      maximumBytes: disputes.storeBytes,
    },
    { rows: store.evidence, log },
  );
}

/** An agent; it does nothing until it is told. */
interface Created<A extends Agent> {
  readonly agent: A;
  readonly close: () => Promise<void>;
}

/** @param role.patience as in `DefenderOptions` */
export function createDefender(
  settings: DefenderSettings,
  { orchestrators, patience }: { readonly orchestrators: readonly string[]; readonly patience: number },
  modules: AgentModules,
): Created<Defender> {
  const { peers, fetchMs, maximumBond } = settings.disputes;
  // What they send is known by its root, and everybody may have it.
  const client = new PeerClient({ anyCertificate: true });
  const source = new PeerSegments({ peers: peers.map((peer) => new URL(peer)), timeoutMs: fetchMs }, { client });
  const watched = new Set(orchestrators.map((address) => address.toLowerCase()));
  const parts = partsOf(
    settings,
    { source, roleIn: ({ claim }) => (watched.has(claim.orchestrator.toLowerCase()) ? "defender" : null) },
    modules,
  );
  const agent = new Defender({ maximumBond, patience }, parts);
  const close = async () => {
    client.close();
    await agent.close();
  };
  return { agent, close };
}

export function createChallenger(settings: Settings, modules: AgentModules): Created<Challenger> {
  const { store, chain, segments } = modules;
  const account = chain.wallet.address;
  const parts = partsOf(
    settings,
    {
      source: null,
      // A claim by another key about what was to be challenged ends the plan.
      roleIn: ({ id, claim }) =>
        claim.challenger === account || store.disputes.get(id) !== null ? "challenger" : null,
    },
    modules,
  );
  const { maximumBond } = settings.disputes;
  const agent = new Challenger({ maximumBond, domain: verificationDomainOf(chain.deployment) }, { ...parts, segments });
  return { agent, close: () => agent.close() };
}

/** Starts to refute wrong challenges of some orchestrators. @param role.patience as in `DefenderOptions` */
export function openDefender(
  settings: DefenderSettings,
  role: { readonly orchestrators: readonly string[]; readonly patience: number },
  modules: AgentModules,
): Disputing {
  return atWork(settings, createDefender(settings, role, modules), modules);
}

/** Starts to play what was challenged before, and takes new accusations. */
export function openChallenger(settings: Settings, modules: AgentModules): Disputing & Accuser {
  const created = createChallenger(settings, modules);
  const disputing = atWork(settings, created, modules);
  return {
    ...disputing,
    accuse: async (evidence, bytes) => {
      await created.agent.accuse(evidence, bytes);
      disputing.notify();
    },
  };
}

function atWork(
  settings: Settings,
  { agent, close }: Created<Agent>,
  { chain, log }: Pick<Modules, "chain" | "log">,
): Disputing & { notify(): void } {
  const { pollMs } = settings.chain;
  const loop = new AgentLoop({ pollMs }, { agent, heads: chain.heads, clock: systemClock, log });
  loop.start();
  return {
    notify: () => loop.notify(),
    idle: (signal) => loop.idle(signal),
    close: async () => {
      await close();
      await loop.close();
    },
  };
}

function partsOf(
  settings: Settings,
  { source, roleIn }: { source: SegmentSource | null; roleIn: (made: MadeClaim) => Role | null },
  { chain, store, segments, log, ...replaced }: AgentModules,
) {
  const court = new CourtAdapter({ chain, rows: store.sentCalls });
  const start = (judged: Case) => new ThreadedRun(judged, { timeoutMs: settings.disputes.runMs });
  const rows = store.disputes;
  return {
    court,
    rows,
    docket: new Docket({ domain: verificationDomainOf(chain.deployment), roleIn }, { court, rows, segments, log }),
    runs: new Runs({ segments, source, programOf, start, ...replaced }),
    log,
  };
}
