/**
 * Where honest work ends. blk and worst, and those of a comparison, come from 285 honest outputs of five encoders, which reach blk 2.84 and worst
 * 28.96 dB. hue and dup were chosen on the generated clips named in tasks/bench/cheats/clips.ts (honest: hue 1.0, dup 0.0; a hue turned by 20°: 12 to 46; half
 * of the pictures doubled: 0.46 and more). What all of them do on other material is in docs/checks.md.
 */
export const GRAY = {
  /** {steps, dB} No honest work is beyond these. */
  reject: { blk: 3.2, worst: 27 },
  /** Nor beyond these, where an own encode of the same source is not suspect. */
  rejectBeside: { hue: 6, dup: 0.3 },
  /** Beyond these it is looked at more closely. */
  suspect: { blk: 2.2, worst: 30, dup: 0.1, hue: 2 },
} as const;

/** Against an own encode; either alone rejects nothing. */
export const COMPARED = {
  /** {dB} Honest encoders lose up to 2.8 dB of the median PSNR, half of the bit rate 3.9. */
  deltaPsnr: -3.3,
  /** {1} Honest encoders with the same scaler keep 0.94 of the high frequencies, a picture of half the size 0.47. */
  detail: 0.7,
} as const;
