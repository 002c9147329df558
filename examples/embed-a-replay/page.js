/** A page that shows a replay, steers it and hears what happens in it. */
import { mountViewer } from "@carom/viewer";

const byId = (id) => document.getElementById(id);
const replay = new Uint8Array(await (await fetch("best.replay")).arrayBuffer());
const viewer = await mountViewer(byId("replay"), { replay, theme: "light" });
await viewer.ready;

byId("play").addEventListener("click", () => viewer.play());
byId("later").addEventListener("click", () => viewer.seek(100));
viewer.on("step", ({ step, length }) => {
  byId("told").textContent = `Decision ${step} of ${length}`;
});
Object.assign(window, { viewer, mountViewer }); // to be tried out from the console
