/**
 * The policy during a rollout: logits and values of a batch of observations, alone and with actions drawn, Carom beside
 * PyTorch in inference mode; turns interleaved, medians.
 *
 *   pnpm bench forward             CAROM_PYTHON names a Python that has PyTorch
 */
import { cpus } from "node:os";
import { openDevice } from "@carom/tensor";
import { createLearner } from "./lib/learner.mjs";
import { interleave } from "./lib/measure.mjs";
import { encode, findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";
import { actions, inputs, workload } from "./lib/workload.mjs";

const batches = [64, 128, 1024, 4096];
const hidden = 64;
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];

const torch = findTorch();
if (torch.reason) console.log(torch.reason);
const rows = [];
for (const threads of threadCounts) {
  const device = openDevice("cpu", { threads });
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_ppo_step.py", threads);
  for (const batch of batches)
    rows.push({ threads, batch, times: await measure(device, peer, batch) });
  peer?.close();
  device.dispose();
}

report("forward", {
  title: "Policy forward in a rollout",
  command: "pnpm bench forward",
  intro: [
    `A network of ${inputs}-${hidden}-${hidden}-(${actions}+1) with tanh, float32. Microseconds per call: medians of 21 interleaved turns.`,
    "Forward gives logits and values; drawn also draws an action per row and its log-probability.",
    torch.reason ?? "Ratios are PyTorch's time over Carom's replayed.",
  ].join(" "),
  body: table(
    ["threads", "batch", "forward", "eager", "PyTorch", "ratio", "drawn", "PyTorch", "ratio"],
    rows.map(({ threads, batch, times }) => [
      threads,
      batch,
      us(times.get("forward")),
      us(times.get("eagerForward")),
      ...against(times.get("torch forward"), times.get("forward")),
      us(times.get("sample")),
      ...against(times.get("torch sample"), times.get("sample")),
    ]),
  ),
  peers: torch.reason ? [] : [["PyTorch", torch.version]],
});

async function measure(device, peer, batch) {
  const work = workload(batch, hidden);
  const learner = createLearner(device, hidden, work);
  const contestants = ["forward", "eagerForward", "sample"].map((name) => ({
    name,
    run: learner[name],
  }));
  if (peer) {
    const name = String(batch);
    const arrays = Object.fromEntries(Object.entries(work).map(([key, a]) => [key, encode(a)]));
    const setup = { do: "setup", name, batch, hidden, inputs, actions, heads: "merged" };
    await peer.ask({ ...setup, ...arrays });
    for (const what of ["forward", "sample"]) {
      const run = async (count) => (await peer.ask({ do: what, name, count })).seconds;
      contestants.push({ name: `torch ${what}`, run });
    }
  }
  return await interleave(contestants, { rounds: 21, seconds: 0.03 });
}

function us({ median }) {
  return (median * 1e6).toFixed(1);
}

function against(peer, own) {
  return peer ? [us(peer), (peer.median / own.median).toFixed(1)] : ["-", "-"];
}
