import { readFile, stat } from "node:fs/promises";
import { HDNodeWallet, hexlify, Signature, SigningKey, Wallet, type BytesLike, type Provider } from "ethers";
import { StreamflowError } from "../errors.ts";
import { publicKeyOf, signDigest } from "../pm/crypto.ts";

/** The mnemonic that every development chain funds; its keys are public. */
export const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";
const DEVELOPMENT_KEYS = 20;

/** Chains that live on one machine and hold nothing of value. */
const LOCAL_CHAINS: ReadonlySet<bigint> = new Set([31337n, 1337n]);

export function isLocalChain(chainId: bigint): boolean {
  return LOCAL_CHAINS.has(chainId);
}

export function developmentWallet(index: number): HDNodeWallet {
  return HDNodeWallet.fromPhrase(DEVELOPMENT_MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
}

/** ethers' key on the library that signs everything else: ethers computes in JavaScript, 30 ms for a process's first public key and 10 for a signature. */
class FastKey extends SigningKey {
  override get publicKey(): string {
    return publicKeyOf(this.privateKey);
  }

  override sign(digest: BytesLike): Signature {
    return Signature.from(signDigest(this.privateKey, hexlify(digest)));
  }
}

function isDevelopmentKey(address: string): boolean {
  return Array.from({ length: DEVELOPMENT_KEYS }, (_, index) => developmentWallet(index).address).includes(address);
}

/**
 * The account whose private key is in `file` (0x and 64 hexadecimal digits, surrounding white space ignored).
 * @throws StreamflowError KeyInvalid when the file cannot be read, is open to others, or holds no key;
 *         DevelopmentKeyRefused when the key is a well-known one and the chain is not local
 */
export async function loadWallet(file: string, chainId: bigint, provider: Provider): Promise<Wallet> {
  let text: string;
  try {
    text = (await readFile(file, "utf8")).trim();
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) {
      throw new StreamflowError(
        "KeyInvalid",
        `${file} can be read by others (mode ${(mode & 0o777).toString(8)}); run chmod 600 on it`,
      );
    }
  } catch (cause) {
    if (cause instanceof StreamflowError) throw cause;
    throw new StreamflowError("KeyInvalid", `cannot read the key file ${file}`, {}, { cause });
  }
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new StreamflowError("KeyInvalid", `${file} holds no private key (0x and 64 hexadecimal digits)`);

  const wallet = new Wallet(new FastKey(text), provider);
  // Deriving the known keys takes a while; a local chain accepts them anyway.
  if (!isLocalChain(chainId) && isDevelopmentKey(wallet.address)) {
    throw new StreamflowError(
      "DevelopmentKeyRefused",
      `${wallet.address} is a development account and chain ${chainId} is not local`,
    );
  }
  return wallet;
}
