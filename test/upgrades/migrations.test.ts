import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { DeploymentError } from "../../deploy/errors.ts";
import { requireCompatible } from "../../deploy/governance/prepare.ts";
import { RELEASES, releasedVersions } from "../../deploy/upgrades/releases.ts";
import { temporaryDirectory } from "../fixtures/protocol.ts";

describe("the preparation of an upgrade", () => {
  it("goes on with logic that can take the place of the newest release", () => {
    requireCompatible(["Treasury", "TicketBroker"]);
  });

  it("is refused where the release had another storage, or knew somebody else", () => {
    const directory = temporaryDirectory();
    cpSync(RELEASES, directory, { recursive: true });
    const file = path.join(directory, releasedVersions().at(-1)!, "TicketBroker.json");
    const released = JSON.parse(readFileSync(file, "utf8")) as {
      immutables: string[];
      layout: { namespaces: Record<string, { label: string }[]> };
    };
    released.immutables.push("SOMEBODY");
    released.layout.namespaces["erc7201:streamflow.storage.TicketBroker"]![0]!.label = "formerName";
    writeFileSync(file, JSON.stringify(released));

    expect(() => requireCompatible(["TicketBroker"], directory))
      .to.throw(DeploymentError, "SOMEBODY is gone")
      .with.property("message")
      .that.includes("`TicketState.formerName` is called");
    expect(() => requireCompatible(["Treasury"], directory)).not.to.throw();
  });
});
