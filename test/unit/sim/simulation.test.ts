import { expect } from "chai";
import { findScenario } from "../../../sim/engine/load.ts";
import type { Scenario } from "../../../sim/engine/scenario.ts";
import { simulate, type Simulation } from "../../../sim/engine/simulate.ts";
import { csvOf } from "../../../sim/report/csv.ts";
import { svgOf } from "../../../sim/report/plot.ts";
import { accountOf } from "../../../sim/report/summary.ts";

/** A scenario cut down to its first rounds and to what is expected of each of them, from its first start or all. */
function shortened(name: string, rounds: number, starts?: number): Scenario {
  const scenario = findScenario(name);
  const expectations = scenario.expectations
    .filter(({ from, to = Infinity, statistic }) => from < rounds - 5 && (statistic !== "mean" || to <= rounds))
    .map(({ to, ...expectation }) => ({ ...expectation, ...(to === undefined || to > rounds ? {} : { to }) }));
  const shocks = scenario.demand.shocks.filter(({ round }) => round <= rounds);
  return {
    ...scenario,
    rounds,
    expectations,
    demand: { ...scenario.demand, shocks },
    starts: scenario.starts.slice(0, starts),
  };
}

function failures({ outcomes }: Simulation): string[] {
  return [...new Set(outcomes.filter(({ pass }) => !pass).map(({ expectation }) => expectation.says))];
}

async function bytesOf(simulation: Simulation): Promise<string> {
  const names = [...simulation.lives[0]!.observations.keys()];
  return [
    JSON.stringify(accountOf(simulation)),
    ...names.map((name) => csvOf(simulation, name)),
    await svgOf(simulation),
  ].join();
}

describe("the simulation", () => {
  it("writes the same bytes for the same seed, and others for another", async () => {
    const scenario = shortened("fee-ratio", 70, 1);
    const bytes = await bytesOf(simulate(scenario));
    expect((await bytesOf(simulate(scenario))) === bytes).to.equal(true);
    const other = { ...simulate(scenario, 2), seed: scenario.seed };
    expect((await bytesOf(other)) === bytes).to.equal(false);
  });

  it("gives the baseline the same demand and the same places", () => {
    const { lives } = simulate(shortened("fee-ratio", 20, 1));
    const [acting, baseline] = lives.map(({ observations }) => observations.get("feeRatio")!.dump()[0]!);
    expect([...acting!.values]).to.deep.equal([...baseline!.values]);
  });

  describe("participation", () => {
    it("holds for 500 rounds", () => {
      expect(failures(simulate(shortened("participation", 500)))).to.deep.equal([]);
    });

    it("fails if the inflation does not move", () => {
      const scenario = shortened("participation", 500);
      const still = { ...scenario, protocol: { ...scenario.protocol, inflationStep: 0n } };
      expect(failures(simulate(still))).to.deep.equal([
        "from round 400 on, always within 3 points of the target",
        "the inflation had to rise by half to get there",
      ]);
    });

    it("fails if nobody wants so high a return", () => {
      const scenario = shortened("participation", 110);
      const holders = scenario.population.holders.map((group) => ({
        ...group,
        outsideReturn: { lowest: 0, highest: 0.1 },
      }));
      const content = { ...scenario, population: { ...scenario.population, holders } };
      expect(failures(simulate(content))).to.deep.equal(["before the inflation has moved, too little is at stake"]);
    });

    it("notices a baseline that finds the target", () => {
      const scenario = findScenario("participation");
      const expectations = scenario.expectations
        .filter(({ run }) => run === "baseline")
        .map((expectation) => ({ ...expectation, from: 1 }));
      const early = { ...scenario, rounds: 10, expectations, starts: scenario.starts.slice(1, 2) };
      expect(failures(simulate(early))).to.deep.equal(["if nobody moves, the target is missed"]);
    });
  });

  describe("fee ratio", () => {
    it("holds", () => {
      expect(failures(simulate(findScenario("fee-ratio")))).to.deep.equal([]);
    });

    it("fails if delegators do not optimise", () => {
      const scenario = shortened("fee-ratio", 310, 1);
      const delegators = scenario.population.delegators.map((group) => ({ ...group, review: 0 }));
      const inert = { ...scenario, population: { ...scenario.population, delegators } };
      expect(failures(simulate(inert))).to.deep.equal([
        "after 60 rounds the ratios are close to each other",
        "on average hardly further apart than demand that varies by 10 % makes them",
        "who shares nothing is left by all but the sleepers, who never look",
      ]);
    });

    it("fails if work does not differ", () => {
      const scenario = shortened("fee-ratio", 310, 1);
      const orchestrators = scenario.population.orchestrators.map((group) => ({
        ...group,
        fees: 2,
        feeShare: 10n ** 18n / 2n,
      }));
      const even = {
        ...scenario,
        population: { ...scenario.population, orchestrators },
        demand: { ...scenario.demand, shocks: [] },
      };
      expect(failures(simulate(even))).to.deep.equal([
        "when work moves, they are far apart",
        "who shares nothing is left by all but the sleepers, who never look",
        "if nobody moves, they stay far apart",
      ]);
    });
  });
});
