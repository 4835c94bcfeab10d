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

/** All services that exist, in the order of their definition, by the events since `fromBlock`. */
export async function readServices(registry: ServiceRegistry, fromBlock: number): Promise<RegistryService[]> {
  const { filters } = registry;
  const [defined, withdrawn] = await Promise.all([
    registry.queryFilter(filters.ServiceDefined(), fromBlock),
    registry.queryFilter(filters.ServiceWithdrawn(), fromBlock),
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
