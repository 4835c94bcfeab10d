import { MaxUint256, ZeroAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { ALL_REGIONS } from "../../offchain/discovery/regions.ts";
import { readServices } from "../../offchain/discovery/services.ts";
import type { RegistryService } from "../../offchain/discovery/services.ts";
import type { IServiceRegistry } from "../../types/contracts/interfaces/IServiceRegistry.ts";
import type { CommonArguments } from "../common/context.ts";
import { openContracts } from "../common/context.ts";
import { lpt, printable, printJson, printTable } from "../common/output.ts";

interface Function {
  readonly module: string;
  readonly program: string;
  readonly fromRound: bigint;
}

export interface ServiceRow extends RegistryService {
  /** {1} Listed offers. */
  readonly offers: bigint;
  /** What judges receipts of this round. */
  readonly verification: Function | null;
  /** What was approved for a later round; a zero module: a removal. */
  readonly pending: Function | null;
}

/** `npx hardhat registry services` */
export default async function services(args: CommonArguments, hre: HardhatRuntimeEnvironment): Promise<ServiceRow[]> {
  const { events, registry, rounds } = await openContracts(hre, args.dir);
  const round = await rounds.currentRound();
  const rows = await Promise.all(
    (await readServices(registry, events)).map(async (service): Promise<ServiceRow> => {
      const [offers, now, latest] = await Promise.all([
        registry.offerCount(service.id, ALL_REGIONS),
        registry.verificationAt(service.id, round),
        registry.verificationAt(service.id, MaxUint256),
      ]);
      return {
        ...service,
        offers,
        verification: now.module === ZeroAddress ? null : functionOf(now),
        pending: latest.fromRound > round ? functionOf(latest) : null,
      };
    }),
  );
  if (args.json) printJson(rows);
  else printTable(["service", "definer", "deposit", "offers", "verification", "metadata"], rows.map(cellsOf));
  return rows;
}

function functionOf({ module, program, fromRound }: IServiceRegistry.VerificationStructOutput): Function {
  return { module, program, fromRound };
}

function cellsOf({ name, definer, deposit, offers, verification, pending, metadata }: ServiceRow): string[] {
  const now = verification === null ? "none" : `${verification.program} on ${verification.module}`;
  const later =
    pending === null
      ? ""
      : `\nfrom round ${pending.fromRound}: ${pending.module === ZeroAddress ? "none" : `${pending.program} on ${pending.module}`}`;
  const owner = definer ?? "canonical";
  return [
    printable(name),
    owner,
    definer === null ? "" : lpt(deposit),
    String(offers),
    now + later,
    printable(metadata),
  ];
}
