import { z } from "zod";

// Kinds of settings: what a value looks like, whatever it is for.

export const wei = (text: string) =>
  z
    .string()
    .regex(/^\d{1,30}$/, "a whole number of wei in decimal digits")
    .transform((digits) => BigInt(digits))
    .describe(text);

export const url = (protocols: string[], text: string) =>
  z
    .url({
      protocol: new RegExp(`^(${protocols.join("|")})$`),
      error: `a URL starting with ${protocols.join(":// or ")}://`,
    })
    .describe(text);

export const address = (text: string) =>
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{40}$/, "an address: 0x and 40 hexadecimal digits")
    .describe(text);

export const share = (least: number, text: string) => z.number().min(least).max(1).describe(text);

/** A share that becomes a ratio {1e18 = 1}, to nine digits. */
export const ratio = (least: number, text: string) =>
  share(least, text).transform((number) => BigInt(Math.round(number * 1e9)) * 10n ** 9n);

/** What a part counts for; only the ratios between weights matter. */
export const weight = (text: string) => z.number().min(0).max(1_000).describe(`Weight ${text}`);

export const port = (text: string) => z.int().min(0).max(65535).describe(text);

/** Loopback, unless the operator says otherwise. */
export const host = (text: string) => z.string().min(1).max(255).default("127.0.0.1").describe(text);

export const milliseconds = (text: string) => z.int().min(1).max(86_400_000).describe(`${text} [ms]`);

export const count = (most: number, usual: number, text: string) =>
  z.int().min(1).max(most).default(usual).describe(text);

export const bytes = (least: number, usual: number, text: string) =>
  z
    .int()
    .min(least)
    .max(2 ** 50)
    .default(usual)
    .describe(`${text} [bytes].`);

export const path = (text: string) => z.string().min(1).max(4096).describe(text);

export const enabled = (text: string) => z.boolean().default(true).describe(text);
