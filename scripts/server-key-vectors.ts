import { X509Certificate } from "node:crypto";
import { SERVER_KEY_TYPE, type ServerKey, serverKeyDigest, spkiHashOf } from "../offchain/net/tls/server-key.ts";
import { createSigner, signDigest } from "../offchain/pm/crypto.ts";
import type { VerificationDomain } from "../offchain/verification/interface.ts";
import { VERIFICATION_DOMAIN_NAME } from "../offchain/verification/messages.ts";

// Test vectors with which another implementation of server keys can check itself: LIPS/vectors/server-keys.json.

const DOMAIN: VerificationDomain = {
  chainId: 31_337n,
  verifyingContract: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
};
const OTHER_CHAIN: VerificationDomain = { ...DOMAIN, chainId: 42_161n };
const KEY = `0x${"22".repeat(32)}`;
const OTHER_KEY = `0x${"33".repeat(32)}`;
const ORCHESTRATOR = createSigner(KEY).address;
const OTHER = createSigner(OTHER_KEY).address;

/** Of a key on P-256. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBlDCCATugAwIBAgIUFA4lDsWIIxGteGIy/IycBsew9zAwCgYIKoZIzj0EAwIw
HzEdMBsGA1UEAwwUb3JjaGVzdHJhdG9yLmV4YW1wbGUwIBcNMjYxMTI3MjAxNjE3
WhgPMjEyNjExMDMyMDE2MTdaMB8xHTAbBgNVBAMMFG9yY2hlc3RyYXRvci5leGFt
cGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEctV6MK6WHWTRkzjRe8ZXO4U1
OOgwJqzSnaHhh2JNQLO9wKJZzIQD8AtVmUNmhRm25B8h6JbHtGUeHw376DlLxKNT
MFEwHQYDVR0OBBYEFDX2tzFBJUsxv6fjcbbgHuZlZfNcMB8GA1UdIwQYMBaAFDX2
tzFBJUsxv6fjcbbgHuZlZfNcMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
RwAwRAIgLuIKe5jWZbYuolU0MFZ8a0tXwQA9bpoQ1PViCAtRFVsCIEYrR7+VGCYw
JO5hIQGLNT0B4bBIgwP7DExpYysLF2Tf
-----END CERTIFICATE-----
`;
const SPKI_HASH = spkiHashOf(new X509Certificate(CERTIFICATE));
/** {ms} */
const NOW = 1_800_000_000_000;
const SERVER_KEY: ServerKey = { orchestrator: ORCHESTRATOR, spkiHash: SPKI_HASH, validUntil: NOW };

interface Case {
  readonly name: string;
  readonly signed: Partial<ServerKey>;
  /** What the client knows; by default what is said is right, at the last moment. */
  readonly shown?: { readonly orchestrator?: string; readonly spkiHash?: string; readonly now?: number };
  readonly key?: string;
  readonly domain?: VerificationDomain;
  /** Which check fails. */
  readonly refused?: "orchestrator" | "spkiHash" | "validUntil" | "signature";
}

const CASES: readonly Case[] = [
  { name: "the last moment", signed: {} },
  { name: "the largest time", signed: { validUntil: Number.MAX_SAFE_INTEGER } },
  {
    name: "a hash of zeros",
    signed: { spkiHash: `0x${"00".repeat(32)}` },
    shown: { spkiHash: `0x${"00".repeat(32)}` },
  },
  { name: "of another orchestrator", signed: { orchestrator: OTHER }, key: OTHER_KEY, refused: "orchestrator" },
  { name: "for another key", signed: { spkiHash: `0x${"77".repeat(32)}` }, refused: "spkiHash" },
  { name: "ended", signed: {}, shown: { now: NOW + 1 }, refused: "validUntil" },
  { name: "signed by another account", signed: {}, key: OTHER_KEY, refused: "signature" },
  { name: "signed for another chain", signed: {}, domain: OTHER_CHAIN, refused: "signature" },
];

export function serverKeyVectors(): string {
  const cases = CASES.map(({ name, signed, shown = {}, key = KEY, domain = DOMAIN, refused = null }) => {
    const serverKey = { ...SERVER_KEY, ...signed };
    const digest = serverKeyDigest(serverKey, domain);
    return {
      name,
      answer: { serverKey, signature: signDigest(key, digest) },
      shown: { orchestrator: ORCHESTRATOR, spkiHash: SPKI_HASH, now: NOW, ...shown },
      digest: serverKeyDigest(serverKey, DOMAIN),
      refused,
    };
  });
  const { chainId, verifyingContract } = DOMAIN;
  const vectors = {
    type: SERVER_KEY_TYPE,
    domain: { name: VERIFICATION_DOMAIN_NAME, version: "1", chainId: Number(chainId), verifyingContract },
    privateKey: KEY,
    certificate: CERTIFICATE,
    spkiHash: SPKI_HASH,
    cases,
  };
  return `${JSON.stringify(vectors, null, 2)}\n`;
}
