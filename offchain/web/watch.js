/* Plays /stream/<name>.m3u8, where the name is the last part of this page's address; with ?from=start not at the live edge, but from what is still there. */
const name = decodeURIComponent(location.pathname.split("/").pop());
const source = `/stream/${encodeURIComponent(name)}.m3u8`;
const startPosition = new URLSearchParams(location.search).get("from") === "start" ? 0 : -1;
const video = document.getElementById("video");
const state = document.getElementById("state");
const figures = document.getElementById("figures");
/** {ms} Between two attempts to find a stream that has not begun, and between two looks at the figures. */
const RETRY_MS = 2000;
const LOOK_MS = 1000;

document.getElementById("name").textContent = name;
document.title = `${name} – Streamflow`;

function show(entries) {
  figures.replaceChildren(
    ...entries.flatMap(([term, text]) => {
      const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
      dt.textContent = term;
      dd.textContent = text;
      return [dt, dd];
    }),
  );
}

function play() {
  const hls = new window.Hls({ startPosition });
  const level = () => hls.levels[hls.currentLevel];
  hls.on(window.Hls.Events.MANIFEST_PARSED, () => {
    state.textContent = "Playing";
    void video.play().catch(() => (state.textContent = "Press play"));
  });
  hls.on(window.Hls.Events.ERROR, (_event, { fatal, details }) => {
    if (!fatal) return;
    state.textContent = details === "manifestLoadError" ? "Waiting for the stream …" : `Interrupted (${details})`;
    hls.destroy();
    window.setTimeout(play, RETRY_MS);
  });
  video.addEventListener("ended", () => (state.textContent = "The stream has ended"));
  const look = window.setInterval(() => {
    if (hls.levels === undefined || level() === undefined) return;
    const { width, height, bitrate } = level();
    const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality();
    show([
      ["Rendition", `${width} × ${height}, ${(bitrate / 1e6).toFixed(2)} Mbit/s`],
      ["Behind live", Number.isFinite(hls.latency) && hls.latency > 0 ? `${hls.latency.toFixed(1)} s` : "–"],
      ["Pictures", `${totalVideoFrames} shown, ${droppedVideoFrames} dropped`],
    ]);
  }, LOOK_MS);
  hls.on(window.Hls.Events.DESTROYING, () => window.clearInterval(look));
  hls.loadSource(source);
  hls.attachMedia(video);
}

if (window.Hls.isSupported()) play();
else {
  // Where the browser plays HLS by itself.
  video.src = source;
  state.textContent = "Playing";
}
