import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { keccak256 } from "ethers";
import { vmCommand } from "../../../offchain/cli/vm/command.ts";
import { firstList } from "../../../offchain/verification/game/player.ts";
import { encodeStructureParameters } from "../../../offchain/verification/structure/parameters.ts";
import { assemble } from "../../../offchain/vm/assembler.ts";
import { GUESTS, readManifest } from "../../../offchain/vm/guest/build.ts";
import { startOf } from "../../../offchain/vm/start.ts";
import { encodeState, stateHash } from "../../../offchain/vm/state.ts";
import { Trace } from "../../../offchain/vm/trace.ts";
import { checksumCase } from "../../fixtures/checksum.ts";
import { EXECUTE, READ, writeElf } from "../../fixtures/elf.ts";
import { PARAMETERS, stream } from "../verification/structure/streams.ts";

const MAIN = fileURLToPath(new URL("../../../offchain/cli/main.js", import.meta.url));

describe("streamflow vm", function () {
  const dir = mkdtempSync(path.join(tmpdir(), "streamflow-vm-"));
  after(() => rmSync(dir, { recursive: true }));

  const file = (name: string, bytes: Uint8Array | string): string => {
    writeFileSync(path.join(dir, name), bytes);
    return path.join(dir, name);
  };

  const checked = checksumCase(Buffer.from("a source"), Buffer.from("an output"));
  const honest = [
    ...["--program", "checksum", "--output-index", "1"],
    ...["--parameters", file("parameters.bin", checked.parameters)],
    ...["--source", file("source.bin", checked.source), "--output", file("output.bin", checked.output)],
  ];
  const truth = new Trace(startOf(checked));

  it("names every program of our own in its help", () => {
    for (const command of vmCommand().commands)
      for (const guest of GUESTS) expect(command.helpInformation(), command.name()).to.contain(guest);
  });

  /** What `streamflow vm ARGS` prints. */
  async function print(...args: string[]): Promise<string> {
    const write = process.stdout.write.bind(process.stdout);
    let printed = "";
    process.stdout.write = (text: string) => {
      printed += text;
      return true;
    };
    try {
      await vmCommand().parseAsync(args, { from: "user" });
    } finally {
      process.stdout.write = write;
    }
    return printed;
  }
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await print(...args)) as T;

  /** Runs it as a process, which has to end with 1; returns what it complains of. */
  function refusal(...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, "vm", ...args], { encoding: "utf8" });
    expect({ status, stdout }).to.deep.equal({ status: 1, stdout: "" });
    return stderr;
  }

  it("run tells verdict, status, steps and the last state", async () => {
    const { state } = truth.witnessAt(2n ** 40n);
    const ending = await json<Record<string, unknown>>("run", ...honest, "--json");
    expect(ending).to.include({
      program: readManifest().programs.checksum!.program,
      verdict: "pass",
      status: "halted",
      steps: state.step.toString(),
      stateHash: stateHash(state),
      finding: null,
    });
    const printed = await print("run", ...honest);
    for (const text of ["verdict  pass", "status   halted", `state    ${stateHash(state)}`, "million steps/s"]) {
      expect(printed).to.include(text);
    }
  });

  it("run stops after --steps, without a verdict", async () => {
    const ending = await json<Record<string, unknown>>("run", ...honest, "--steps", "2^5", "--json");
    expect(ending).to.include({ verdict: "void", status: "running", steps: "32", stateHash: truth.hashesAt([32n])[0] });
  });

  it("run tells what structure has found, with parameters as bytes or as JSON", async () => {
    const files = ["--source", file("eight.ts", stream(8)), "--output", file("seven.ts", stream(7))];
    const bytes = file("structure.bin", encodeStructureParameters(PARAMETERS));
    const printed = await print("run", "--program", "structure", "--parameters", bytes, ...files);
    expect(printed).to.include("verdict  fault");
    expect(printed).to.match(
      /finding {2}output: pictures of the source are missing \(PictureMissing; .*expected 8, found 7\)/,
    );
    const fields = file("structure.json", JSON.stringify(PARAMETERS));
    const ending = await json<{ finding: { code: string } }>(
      ...["run", "--program", "structure", "--parameters", fields, ...files, "--json"],
    );
    expect(ending.finding.code).to.equal("PictureMissing");
  });

  it("run takes the file of a program, which may trap", async () => {
    const rom = assemble("nop\nlw t0, 1(zero)");
    const elf = file("trap.elf", writeElf(0, [{ address: 0, flags: READ | EXECUTE, bytes: rom }]));
    const ending = await json<Record<string, unknown>>("run", "--program", elf, "--json");
    expect(ending).to.include({ verdict: "void", status: "trapped", steps: "2" });
  });

  it("trace tells the hashes at steps, in their order and once", async () => {
    const steps = [0n, 7n, 64n, 2n ** 20n];
    const hashes = truth.hashesAt(steps);
    const { states } = await json<{ states: unknown }>("trace", ...honest, "--at", "64,0,7,2^20,7", "--json");
    expect(states).to.deep.equal(steps.map((step, i) => ({ step: step.toString(), stateHash: hashes[i] })));
    expect(await print("trace", ...honest, "--at", "7,0")).to.equal(
      `0  ${hashes[0]}\n7  ${hashes[1]}\nrunning after 7 steps\n`,
    );
  });

  it("trace goes to the end of a run, in steps of one length", async () => {
    const end = truth.witnessAt(2n ** 40n).state.step;
    const { states, status } = await json<{ states: { step: string; stateHash: string }[]; status: string }>(
      ...["trace", ...honest, "--every", "100", "--json"],
    );
    expect(status).to.equal("halted");
    expect(states[1]).to.deep.equal({ step: "100", stateHash: truth.hashesAt([100n])[0] });
    expect(states.at(-1)).to.deep.equal({ step: end.toString(), stateHash: truth.hashesAt([end])[0] });
    expect(states).to.have.length(Math.floor(Number(end) / 100) + 2);
  });

  it("trace tells a list as a challenger would say it", async () => {
    const { states } = await json<{ states: { stateHash: string }[] }>("trace", ...honest, "--list", "3", "--json");
    expect(states.map(({ stateHash }) => stateHash)).to.deep.equal((await firstList(truth, 3)).hashes);
  });

  it("prove prints the state and the proof for the step that follows it", async () => {
    for (const step of [0n, 41n, 2n ** 30n]) {
      const witness = truth.witnessAt(step);
      const proven = await json<{ state: string; stateHash: string }>("prove", ...honest, "--at", step.toString());
      const state = `0x${Buffer.from(encodeState(witness.state)).toString("hex")}`;
      expect(proven).to.include({
        state,
        proof: `0x${Buffer.from(witness.proof).toString("hex")}`,
        stateHash: keccak256(state),
        nextStateHash: truth.hashesAt([step + 1n])[0],
      });
    }
  });

  it("says which option is wrong, and ends with 1", () => {
    const wrong = [
      [["run", ...honest, "--steps", "1e6"], "ArgumentInvalid: --steps: "],
      [["run", "--program", "checksum", "--output-index", "4294967296"], "ArgumentInvalid: --output-index: "],
      [["trace", ...honest], "ArgumentInvalid: say one of "],
      [["trace", ...honest, "--at", "0,x"], "ArgumentInvalid: --at: "],
      [["trace", ...honest, "--every", "0"], "ArgumentInvalid: --every: "],
      [["trace", ...honest, "--list", "17"], "ArgumentInvalid: --list: "],
      [["prove", ...honest, "--at", "2^64"], "ArgumentInvalid: --at: "],
      [["run", "--program", path.join(dir, "absent.elf")], "InputNotFound: "],
      [["run", "--program", file("text.elf", "text")], "ProgramInvalid: "],
      [["run", "--program", "structure", "--parameters", file("broken.json", "{")], "ParametersInvalid: "],
      [["run", "--program", "structure", "--parameters", file("empty.json", "{}")], "ParametersInvalid: "],
    ] as const;
    for (const [args, message] of wrong)
      expect(refusal(...args)).to.satisfy((text: string) => text.startsWith(message));
    expect(refusal("run")).to.include("--program");
  });
});
