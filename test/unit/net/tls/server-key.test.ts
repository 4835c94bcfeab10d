import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { recoverAddress, TypedDataEncoder } from "ethers";
import {
  parseServerKey,
  SERVER_KEY_TYPE,
  serverKeyDigest,
  type SignedServerKey,
  verifyServerKey,
} from "../../../../offchain/net/tls/server-key.ts";
import { serverKeyVectors } from "../../../../scripts/server-key-vectors.ts";
import { expectCode } from "../../pm/coded.ts";

interface Vectors {
  type: string;
  domain: { name: string; version: string; chainId: number; verifyingContract: string };
  cases: {
    name: string;
    answer: SignedServerKey;
    shown: { orchestrator: string; spkiHash: string; now: number };
    digest: string;
    refused: string | null;
  }[];
}

const FILE = new URL("../../../../LIPS/vectors/server-keys.json", import.meta.url);
/** LIP-11's type, as a wallet has it. */
const TYPES = {
  ServerKey: [
    { name: "orchestrator", type: "address" },
    { name: "spkiHash", type: "bytes32" },
    { name: "validUntil", type: "uint64" },
  ],
};

describe("LIPS/vectors/server-keys.json", () => {
  let text: string;
  let vectors: Vectors;
  before(async () => {
    text = await readFile(FILE, "utf8");
    vectors = JSON.parse(text) as Vectors;
  });
  const domainOf = ({ chainId, verifyingContract }: Vectors["domain"]) => ({
    chainId: BigInt(chainId),
    verifyingContract,
  });

  it("is what `npm run lips:vectors` writes", () => expect(text).to.equal(serverKeyVectors()));

  it("is what ethers makes of the same statements", () => {
    expect(vectors.type).to.equal(SERVER_KEY_TYPE);
    for (const { answer, digest, refused } of vectors.cases) {
      const { serverKey, signature } = answer;
      expect(TypedDataEncoder.hash(vectors.domain, TYPES, serverKey)).to.equal(digest);
      expect(serverKeyDigest(serverKey, domainOf(vectors.domain))).to.equal(digest);
      const isSigned = recoverAddress(digest, signature) === serverKey.orchestrator;
      expect(isSigned).to.equal(refused !== "signature");
    }
  });

  it("N2: is taken and refused as it says, with the field that differs", async () => {
    for (const { name, answer, shown, refused } of vectors.cases) {
      const verify = () => verifyServerKey(parseServerKey(answer), shown, domainOf(vectors.domain));
      if (refused === null) verify();
      else expect((await expectCode(verify, "PeerUnverified")).data["field"], name).to.equal(refused);
    }
  });

  it("N2: is refused when it has not the form of a statement", async () => {
    const { answer } = vectors.cases[0]!;
    const { serverKey, signature } = answer;
    const malformed = [
      ...[undefined, null, "", [], {}, serverKey, { ...answer, more: 1 }, { serverKey }],
      { ...answer, signature: signature.slice(0, -2) },
      { ...answer, signature: `${signature}00` },
      ...[-1, 1.5, 2 ** 53, "1", null].map((validUntil) => ({ ...answer, serverKey: { ...serverKey, validUntil } })),
      ...["0x", 7, `${serverKey.spkiHash}00`].map((spkiHash) => ({ ...answer, serverKey: { ...serverKey, spkiHash } })),
      ...["0x00", `${serverKey.orchestrator}0`].map((orchestrator) => ({
        ...answer,
        serverKey: { ...serverKey, orchestrator },
      })),
    ];
    for (const input of malformed)
      expect((await expectCode(() => parseServerKey(input), "PeerUnverified")).data["field"]).to.equal("form");
  });
});
