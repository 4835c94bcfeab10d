interface Hardware {
  /** Options of the whole process. */
  readonly global: readonly string[];
  /** Behind the scaler: what the encoder takes. */
  readonly filter: string;
  /** For a constant quality like that of libx264's factor, 1 to 51; no B-frames, keyframes only where asked for. */
  readonly options: (crf: number) => readonly string[];
}

const FIXED = ["-profile:v", "high", "-g", "1000", "-bf", "0"];

/** H.264 encoders in hardware, by ffmpeg's names; the first that works is used. Options by ffmpeg's documentation of each. */
export const HARDWARE = {
  h264_nvenc: {
    global: [],
    filter: "format=yuv420p",
    options: (crf) => [
      ...["-c:v", "h264_nvenc", "-preset", "p4", "-rc", "vbr", "-cq", String(crf), "-b:v", "0"],
      ...["-no-scenecut", "1", ...FIXED],
    ],
  },
  h264_qsv: {
    global: ["-init_hw_device", "qsv=hw"],
    filter: "format=nv12",
    options: (crf) => ["-c:v", "h264_qsv", "-global_quality", String(crf), ...FIXED],
  },
  h264_vaapi: {
    global: ["-vaapi_device", "/dev/dri/renderD128"],
    filter: "format=nv12,hwupload",
    options: (crf) => ["-c:v", "h264_vaapi", "-rc_mode", "CQP", "-qp", String(crf), ...FIXED],
  },
  h264_videotoolbox: {
    global: [],
    filter: "format=nv12",
    // Its scale runs from 1 to 100, the best.
    options: (crf) => ["-c:v", "h264_videotoolbox", "-q:v", String(Math.round(100 - (crf * 99) / 51)), ...FIXED],
  },
} as const satisfies Record<string, Hardware>;

export type HardwareEncoder = keyof typeof HARDWARE;
export const HARDWARE_ENCODERS = Object.keys(HARDWARE) as [HardwareEncoder, ...HardwareEncoder[]];
