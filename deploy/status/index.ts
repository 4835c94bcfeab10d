import { Contract, id } from "ethers";
import type { Provider } from "ethers";
import { ask, targetOf } from "../alpha/network.ts";
import { isAlphaPlan, isStanding, planIn } from "../alpha/plan.ts";
import type { AlphaPlan, STANDING } from "../alpha/plan.ts";
import { readArtifact, readInterface } from "../artifacts.ts";
import type { ArtifactName } from "../artifacts.ts";
import { describeCall } from "../calls.ts";
import { connect, CONTRACT_NAMES } from "../contracts.ts";
import type { ContractName } from "../contracts.ts";
import { DeploymentError } from "../errors.ts";
import { PARAMETERS, readSection, SECTIONS, valueAt, written } from "../governed.ts";
import { readJournal } from "../journal.ts";
import type { Parameters } from "../parameters.ts";
import { ADMIN_ROLE, administratorOf, GUARDIAN_ROLE, PAUSABLE, PAUSES } from "../hand-over.ts";
import { requireChain } from "../index.ts";
import { addressInSlot } from "../relations.ts";
import type { Creation, Plan } from "../relations.ts";
import { IMPLEMENTATION_SLOT } from "../slots.ts";
import { readAccess } from "./access.ts";
import type { Access } from "./access.ts";
import { compareCode, runtimeOf } from "./code.ts";

/** One thing as it should be, and as it is. */
export interface Row {
  readonly section: "contracts" | "access" | "parameters" | "pending";
  readonly subject: string;
  /** By the files and the sources. */
  readonly expected: string;
  /** On the chain. */
  readonly found: string;
  readonly differs: boolean;
  /** Of interest only where it differs. */
  readonly detail: boolean;
}

/** Have no authority: nothing of them is governed but their logic, or by themselves. */
const UNGOVERNED: readonly ContractName[] = ["LivepeerToken", "ProtocolGovernor", "Polls"];

/**
 * All that can be compared of the chain with the parameters and the sources. Reads only.
 * @throws DeploymentError IncompleteDeployment, WrongChain
 */
export async function inspect(options: { provider: Provider; dir: string; parameters: Parameters }): Promise<Row[]> {
  const { provider, dir, parameters } = options;
  const journal = readJournal(dir);
  if (journal === undefined)
    throw new DeploymentError("IncompleteDeployment", `${dir} holds no deployment: run the deployment first`);
  await requireChain(provider, journal);
  const plan = planIn(dir, journal);
  const rowsOf = (name: ContractName): Promise<Row[]> =>
    isAlphaPlan(plan) && isStanding(name) ? standingRows(provider, plan, name) : contractRows(provider, plan, name);
  const contracts = (await Promise.all(CONTRACT_NAMES.map(rowsOf))).flat();
  // What is not there cannot be asked.
  if (contracts.some(({ found }) => found === MISSING || found === BOOTSTRAP)) return contracts;
  return [
    ...contracts,
    ...(await accessRows(provider, plan, parameters)),
    ...(await parameterRows(provider, plan, parameters)),
    ...(await pendingRows(provider, plan)),
  ];
}

const MISSING = "missing";
const BOOTSTRAP = "bootstrap logic: not initialised";

const row = (section: Row["section"], subject: string, expected: string, found: string): Row => ({
  section,
  subject,
  expected,
  found,
  differs: expected !== found,
  detail: false,
});

const detail: typeof row = (section, subject, expected, found) => ({
  ...row(section, subject, expected, found),
  detail: true,
});

// --- Contracts ---

/** Code of the proxy, its administrator and its logic, and of what the logic passes calls on to. */
async function contractRows(provider: Provider, plan: Plan, name: ContractName): Promise<Row[]> {
  const { proxy, proxyAdmin } = plan.deployment.contracts[name];
  const code = await provider.getCode(proxy);
  if (code === "0x") return [row("contracts", `${name} proxy`, proxy, MISSING)];
  // The administrator is an immutable of the proxy; the slot that tells explorers of it rules nothing.
  const compared = compareCode("TransparentUpgradeableProxy", withoutAdmin(), code);
  if (compared.kind !== "other immutables") return [row("contracts", `${name} proxy`, proxy, `${proxy}: ${OTHER}`)];
  const admin = addressInSlot(compared.immutables[0]!.found);
  const owner = (await isCode(provider, "ProxyAdmin", admin)) ? await ownerOf(provider, admin) : OTHER;
  const rows = [
    row("contracts", `${name} proxy`, proxy, proxy),
    detail("contracts", `${name} proxy's admin`, proxyAdmin, admin),
    detail("contracts", `${name} admin's owner`, plan.deployment.accessManager, owner),
  ];

  const implementation = addressInSlot(await provider.getStorage(proxy, IMPLEMENTATION_SLOT));
  if (implementation === plan.bootstrap.address)
    return [...rows, row("contracts", `${name} logic`, plan.implementations[name].address, BOOTSTRAP)];
  return [...rows, ...(await logicRows(provider, plan, name, plan.implementations[name], implementation))];
}

/** The same of what stands where the alpha had it. Its proxies and its token are the alpha's own; what counts is who rules them. */
async function standingRows(provider: Provider, plan: AlphaPlan, name: (typeof STANDING)[number]): Promise<Row[]> {
  const { alpha, deployment, proxies } = plan;
  const { proxy } = deployment.contracts[name];
  const ofController = (method: string, args: readonly unknown[] = []): Promise<string> =>
    readable(provider, async () => String(await ask(provider, "AlphaController", alpha.controller, method, args)));
  const named = row("contracts", `${name} proxy`, proxy, await ofController("getContract", [id(name)]));
  if (name === "LivepeerToken") {
    const minter = await readable(provider, () => ask(provider, "AlphaToken", proxy, "owner"));
    return [named, detail("contracts", "LivepeerToken's owner, who may mint", proxies.Minter.address, minter)];
  }
  const controller = await readable(provider, () => ask(provider, "AlphaProxy", proxy, "controller"));
  const logic = await ofController("getContract", [targetOf(name)]);
  const [front, creation] =
    name === "RoundsManager" ? (["AlphaRounds", plan.rounds] as const) : (["AlphaBonding", plan.bonding] as const);
  return [
    named,
    detail("contracts", `${name} proxy's admin`, alpha.controller, controller),
    detail("contracts", `${name} admin's owner`, deployment.accessManager, await ofController("owner")),
    detail(
      "contracts",
      `${name} admin`,
      "not paused",
      (await ofController("paused")) === "true" ? "paused" : "not paused",
    ),
    ...(await logicRows(provider, plan, front, creation, logic)),
  ];
}

const withoutAdmin = (): string => readArtifact("TransparentUpgradeableProxy").deployedBytecode;

const OTHER = "other code";

const codeAt = (address: string, hash: string): string => `${address}, code ${hash.slice(0, 10)}`;

/** Compares code at `address` with what `creation` makes; where it passes calls on to another part, that one too. */
async function logicRows(
  provider: Provider,
  plan: Plan,
  name: ArtifactName,
  creation: Creation,
  address: string,
): Promise<Row[]> {
  const subject = logicSubject(name);
  const compared = compareCode(name, await runtimeOf(provider, creation), await provider.getCode(address));
  const own = ((): Row[] => {
    switch (compared.kind) {
      case "same":
        return [row("contracts", subject, address, address)];
      case "missing":
        return [row("contracts", subject, creation.address, `${address}: no code`)];
      case "other code": {
        const note = compared.inWords ? ": the same but for comments" : "";
        const found = `${codeAt(address, compared.found)}${note}`;
        return [row("contracts", subject, codeAt(creation.address, compared.expected), found)];
      }
      case "other immutables":
        return compared.immutables.map(({ name: immutable, expected, found }) =>
          row("contracts", `${subject}: ${immutable}`, shortWord(expected), shortWord(found)),
        );
    }
  })();
  const nested = partsOf(plan, name);
  const rows = [...own];
  for (const { name: part, creation: expected } of nested) {
    const other = own.find((each) => each.differs && each.expected === expected.address);
    // Code that is another one says nothing of where its parts are.
    if (compared.kind === "other code" || compared.kind === "missing") continue;
    rows.push(...(await logicRows(provider, plan, part, expected, other?.found ?? expected.address)));
  }
  return rows;
}

/** What is in front of a core behind the alpha's proxy is a part of its logic. */
function logicSubject(name: ArtifactName): string {
  if (name === "AlphaRounds") return `RoundsManager logic: ${name}`;
  return name === "AlphaBonding" || name === "AlphaViews" ? `BondingManager logic: ${name}` : `${name} logic`;
}

/** To what a logic passes on calls, or whom it asks, without a proxy between them. */
function partsOf(plan: Plan, name: ArtifactName): { name: ArtifactName; creation: Creation }[] {
  const [ledger, faults] = plan.parts as [Creation, Creation];
  switch (name) {
    case "BondingManager":
      return [{ name: "BondingFaults", creation: faults }];
    case "BondingFaults":
      return [{ name: "BondingLedger", creation: ledger }];
    case "DisputeGame":
      return [{ name: "Machine", creation: plan.machine }];
    case "ProtocolGovernor":
      return [{ name: "Consistency", creation: plan.consistency }];
    default:
      return isAlphaPlan(plan) ? partsInFront(plan, name) : [];
  }
}

function partsInFront(plan: AlphaPlan, name: ArtifactName): { name: ArtifactName; creation: Creation }[] {
  switch (name) {
    case "AlphaRounds":
      return [{ name: "RoundsManager", creation: plan.implementations.RoundsManager }];
    case "AlphaBonding":
      return [{ name: "AlphaViews", creation: plan.views }];
    case "AlphaViews":
      return [{ name: "BondingManager", creation: plan.implementations.BondingManager }];
    default:
      return [];
  }
}

const isCode = async (provider: Provider, name: ArtifactName, address: string): Promise<boolean> =>
  (await provider.getCode(address)) === readArtifact(name).deployedBytecode;

async function ownerOf(provider: Provider, admin: string): Promise<string> {
  const contract = new Contract(admin, readInterface("ProxyAdmin"), provider);
  return (await contract.getFunction("owner")()) as string;
}

/** A word that holds an address is shown as one. */
const shortWord = (word: string): string =>
  /^0x0{24}[1-9a-f]/.test(word) ? addressInSlot(word) : BigInt(word).toString();

// --- Access ---

async function accessRows(provider: Provider, plan: Plan, parameters: Parameters): Promise<Row[]> {
  const { deployment } = plan;
  const rows: Row[] = [];
  for (const name of CONTRACT_NAMES.filter((each) => !UNGOVERNED.includes(each))) {
    const governed = new Contract(deployment.contracts[name].proxy, readInterface(name), provider);
    const authority = (): Promise<string> => governed.getFunction("authority")() as Promise<string>;
    rows.push(detail("access", `${name} authority`, deployment.accessManager, await readable(provider, authority)));
  }
  const governor = connect("ProtocolGovernor", deployment.contracts.ProtocolGovernor.proxy, provider);
  const manager = await readable(provider, () => governor.accessManager());
  rows.push(detail("access", "ProtocolGovernor accessManager", deployment.accessManager, manager));
  const access = await readAccess(provider, deployment);
  const expected = expectedAccess(plan, parameters);
  rows.push(
    ...compareLists(membersByRole(plan, expected.members), membersByRole(plan, access.members), "nobody"),
    ...compareLists(
      rolesByFunction(plan, expected.functions),
      rolesByFunction(plan, access.functions),
      roleName(ADMIN_ROLE),
    ),
    ...compareLists(keepersByRole(expected.keepers), keepersByRole(access.keepers), roleName(ADMIN_ROLE)),
    ...compareLists(
      [],
      access.closed.map((target) => [nameOf(plan, target), "closed"]),
      "open",
    ),
  );
  for (const name of PAUSABLE) {
    const contract = new Contract(
      deployment.contracts[name].proxy,
      ["function paused() view returns (bool)"],
      provider,
    );
    const paused = await readable(provider, async () =>
      ((await contract.getFunction("paused")()) as boolean) ? "paused" : "not paused",
    );
    rows.push(detail("access", name, "not paused", paused));
  }
  return rows;
}

/** What a deployment leaves. */
function expectedAccess(plan: Plan, parameters: Parameters): Omit<Access, "closed" | "scheduled"> {
  const { deployment } = plan;
  const { guardian } = parameters.governance;
  const administrator = { role: ADMIN_ROLE, ...administratorOf(deployment, parameters) };
  if (guardian === null) return { members: [administrator], functions: [], keepers: [] };
  return {
    members: [
      administrator,
      { role: GUARDIAN_ROLE, account: guardian, delay: 0n },
      { ...administrator, role: GUARDIAN_ROLE },
    ],
    functions: PAUSABLE.flatMap((name) =>
      PAUSES.map((method) => ({
        target: deployment.contracts[name].proxy,
        selector: readInterface(name).getFunction(method)!.selector,
        role: GUARDIAN_ROLE,
      })),
    ),
    keepers: [],
  };
}

type Entries = readonly (readonly [subject: string, entry: string])[];

/** One row for each subject of either list, with all of its entries. */
function compareLists(expected: Entries, found: Entries, none: string): Row[] {
  const of = (entries: Entries, subject: string): string => {
    const own = entries.flatMap(([other, entry]) => (other === subject ? [entry] : []));
    return own.length === 0 ? none : own.sort().join(", ");
  };
  const subjects = new Set([...expected, ...found].map(([subject]) => subject));
  return [...subjects].map((subject) => row("access", subject, of(expected, subject), of(found, subject)));
}

function roleName(role: bigint): string {
  if (role === ADMIN_ROLE) return "administrator";
  return role === GUARDIAN_ROLE ? "guardian" : `role ${role}`;
}

const membersByRole = (plan: Plan, members: Access["members"]): Entries =>
  members.map(({ role, account, delay }) => [
    roleName(role),
    `${nameOf(plan, account)}${delay === 0n ? "" : ` after ${delay} s`}`,
  ]);

const rolesByFunction = (plan: Plan, functions: Access["functions"]): Entries =>
  functions.map(({ target, selector, role }) => [functionName(plan, target, selector), roleName(role)]);

const keepersByRole = (keepers: Access["keepers"]): Entries =>
  keepers.map(({ role, kind, keeper }) => [`${kind} of ${roleName(role)}`, roleName(keeper)]);

function nameOf({ deployment }: Plan, address: string): string {
  const found = CONTRACT_NAMES.find((name) => deployment.contracts[name].proxy === address);
  return found ?? (address === deployment.deployer ? `${address} (deployer)` : address);
}

function functionName(plan: Plan, target: string, selector: string): string {
  const name = nameOf(plan, target);
  const abi = (CONTRACT_NAMES as readonly string[]).includes(name) ? readInterface(name as ContractName) : null;
  return `${name}.${abi?.getFunction(selector)?.name ?? selector}`;
}

// --- Parameters ---

async function parameterRows(provider: Provider, plan: Plan, parameters: Parameters): Promise<Row[]> {
  const { deployment } = plan;
  const rows: Row[] = [];
  for (const section of SECTIONS) {
    const reading = readSection(provider, deployment, section);
    // Awaited below, by each parameter.
    reading.catch(() => undefined);
    for (const { path, unit } of PARAMETERS.filter((each) => each.section === section)) {
      const found = await readable(provider, async () => written(valueAt({ [section]: await reading }, path), unit));
      rows.push(row("parameters", path, written(valueAt(parameters, path), unit), found));
    }
  }
  const rounds = connect("RoundsManager", deployment.contracts.RoundsManager.proxy, provider);
  const { startRound, startTime } = parameters.rounds;
  const start = startTime === "deployment" ? ((await provider.getBlock(deployment.block))?.timestamp ?? 0) : startTime;
  const found = await readable(provider, async () => {
    const first = await rounds.roundAt(0);
    return `round ${first} at ${await rounds.roundStart(first)} s`;
  });
  // What was an alpha went on counting its rounds, whatever the file says.
  const expected = isAlphaPlan(plan) ? found : `round ${startRound} at ${start} s`;
  rows.push(detail("parameters", "rounds.startRound, rounds.startTime", expected, found));

  const minter = connect("Minter", deployment.contracts.Minter.proxy, provider);
  const inflation = await readable(provider, async () => written(await minter.inflation(), "%"));
  const began = `${written(parameters.minter.inflation, "%")} at first`;
  // It has moved by itself since.
  rows.push({ ...row("parameters", "minter.inflation", began, inflation), differs: inflation === UNREADABLE });
  return rows;
}

const UNREADABLE = "cannot be read";

/** What a contract that is not what it should be may be unable to answer. */
async function readable(provider: Provider, read: () => Promise<string>): Promise<string> {
  try {
    return await read();
  } catch {
    // Unless nobody answers at all.
    await provider.getBlockNumber();
    return UNREADABLE;
  }
}

// --- Pending ---

/** What has been decided and holds later. No difference: files say what is wanted, not when. */
async function pendingRows(provider: Provider, plan: Plan): Promise<Row[]> {
  const { deployment } = plan;
  const rows: Row[] = [];
  const rounds = connect("RoundsManager", deployment.contracts.RoundsManager.proxy, provider);
  const { active, pending } = await rounds.schedule();
  if (pending.roundLength !== 0n)
    rows.push({
      ...row("pending", "rounds.roundLength", `${active.roundLength} s now`, `${pending.roundLength} s`),
      differs: false,
      subject: `rounds.roundLength from round ${pending.startRound} on`,
    });
  const { scheduled } = await readAccess(provider, deployment);
  for (const { target, data, from, caller } of scheduled)
    rows.push({
      section: "pending",
      subject: describeCall(deployment, target, data),
      expected: `scheduled by ${nameOf(plan, caller)}`,
      found: `from ${new Date(Number(from) * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC on`,
      differs: false,
      detail: false,
    });
  return rows;
}

export const differences = (rows: readonly Row[]): Row[] => rows.filter(({ differs }) => differs);
