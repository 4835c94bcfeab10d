import { emptyTask, task } from "hardhat/config";
import { explained } from "../common/explained.ts";
import { dir, from, json } from "../common/options.ts";

export const registryTasks = [
  emptyTask("registry", "Read the service registry, and write to it").build(),

  task(["registry", "services"], "All services, what judges them, and how many offer them")
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./services.ts")))
    .build(),

  task(["registry", "offers"], "The active orchestrators that offer a service")
    .addPositionalArgument({ name: "service", description: "Name or id", defaultValue: "CPUTranscoding" })
    .addOption({
      name: "near",
      description: "H3 cell: offers for it, for a cell around it, or for anywhere",
      defaultValue: "",
    })
    .addOption({ name: "minStake", description: "Least stake {LPT}", defaultValue: "0" })
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./offers.ts")))
    .build(),

  task(["registry", "define"], "Define a service against the deposit")
    .addPositionalArgument({ name: "name", description: "1 to 64 bytes" })
    .addOption({ name: "metadata", description: "A URI or a short description, at most 256 bytes", defaultValue: "" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./define.ts")))
    .build(),

  task(["registry", "withdraw"], "Withdraw a service that the account defined, and get its deposit back")
    .addPositionalArgument({ name: "service", description: "Name or id" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./withdraw.ts")))
    .build(),

  task(["registry", "set-uri"], "Set the address at which an orchestrator is reached")
    .addPositionalArgument({ name: "uri", description: "http or https" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./set-uri.ts")))
    .build(),

  task(["registry", "set-services"], "Replace the services that an orchestrator offers")
    .addVariadicArgument({ name: "services", description: "Names or ids; none withdraws the offer", defaultValue: [] })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./set-services.ts")))
    .build(),

  task(["registry", "set-regions"], "Replace the regions in which an orchestrator works")
    .addVariadicArgument({ name: "regions", description: "H3 cells; none means anywhere", defaultValue: [] })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./set-regions.ts")))
    .build(),

  task(["registry", "refresh"], "List an orchestrator's offer if it is active, drop it if it is not")
    .addPositionalArgument({ name: "orchestrator", description: "Its address" })
    .addOption(from)
    .addOption(dir)
    .addFlag(json)
    .setAction(explained(() => import("./refresh.ts")))
    .build(),
];
