import { mkdir, writeFile } from "node:fs/promises";

/** Everything but the transcoding of a segment is ffmpeg itself. */
const script = (real: string, cache: string, seconds: number) => `#!/bin/sh
input=
previous=
for argument in "$@"; do
  if [ "$previous" = -i ]; then input=$argument; fi
  previous=$argument
done
case $input in
  */source.ts) ;;
  *) exec '${real}' "$@" ;;
esac
key=$(sha256sum <"$input")
known='${cache}'/\${key%% *}
if [ -d "$known" ]; then
  ${seconds === 0 ? "" : `sleep ${seconds} </dev/null >/dev/null 2>&1 &`}
  for argument in "$@"; do
    case $argument in */[0-9].ts) cp "$known/\${argument##*/}" "$argument" || exit 1 ;; esac
  done
  wait
  exit 0
fi
'${real}' "$@" || exit 1
mkdir "$known-$$" || exit 1
for argument in "$@"; do
  case $argument in */[0-9].ts) cp "$argument" "$known-$$" || exit 1 ;; esac
done
mv -T "$known-$$" "$known" 2>/dev/null || rm -r "$known-$$"
`;

/**
 * A stand-in for ffmpeg, for machines with too few cores: it encodes each distinct segment once, and copies what it has made for whoever asks for
 * the same again. All askers must want the same renditions.
 * @param path where it is written, with what it keeps beside it
 * @param serviceMs {ms} that a copy takes, whatever else the machine has to do; 0: as quick as it can
 */
export async function makeStandIn(path: string, real: string, serviceMs = 0): Promise<void> {
  await mkdir(`${path}-kept`, { recursive: true });
  await writeFile(path, script(real, `${path}-kept`, serviceMs / 1_000), { mode: 0o755 });
}
