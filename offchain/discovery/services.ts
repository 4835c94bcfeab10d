import { ZeroAddress } from "ethers";
import type { ServiceRegistry } from "../../types/index.ts";

/** A defined service. */
export interface RegistryService {
  readonly id: string;
  readonly name: string;
  readonly metadata: string;
  /** null: canonical. */
  readonly definer: string | null;
  /** {wei of LPT} */
  readonly deposit: bigint;
}

/** Reads what `ask` finds in all blocks since the deployment. */
type Events = <T>(ask: (first: number, last: number) => Promise<readonly T[]>) => Promise<T[]>;

/** All services that exist, in the order of their definition. */
export async function readServices(registry: ServiceRegistry, events: Events): Promise<RegistryService[]> {
  const { filters } = registry;
  const [defined, withdrawn] = await Promise.all([
    events((...blocks) => registry.queryFilter(filters.ServiceDefined(), ...blocks)),
    events((...blocks) => registry.queryFilter(filters.ServiceWithdrawn(), ...blocks)),
  ]);
  const services = new Map<string, RegistryService>();
  const changes = [
    ...defined.map((log) => ({ log, apply: () => void services.set(log.args.id, serviceOf(log.args)) })),
    ...withdrawn.map((log) => ({ log, apply: () => void services.delete(log.args.id) })),
  ];
  changes.sort((a, b) => a.log.blockNumber - b.log.blockNumber || a.log.index - b.log.index);
  for (const { apply } of changes) apply();
  return [...services.values()];
}

function serviceOf(args: {
  id: string;
  name: string;
  metadata: string;
  definer: string;
  deposit: bigint;
}): RegistryService {
  const { id, name, metadata, definer, deposit } = args;
  return { id, name, metadata, definer: definer === ZeroAddress ? null : definer, deposit };
}
