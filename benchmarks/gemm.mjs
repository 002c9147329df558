/**
 * Matrix products in float32: our own against the peak of fused multiply-adds in registers, measured in the same process
 * and the same turns, and beside torch.mm. Plain, right and left operand transposed (NN, NT, TN).
 *
 *   pnpm bench gemm                CAROM_PYTHON names a Python that has PyTorch
 */
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { interleave } from "./lib/measure.mjs";
import { converse, findTorch, startPeer } from "./lib/peer.mjs";
import { report, table } from "./lib/report.mjs";

/** M x N x K; the last two do not fit the second-level cache. */
const shapes = [
  [64, 128, 128],
  [256, 64, 64],
  [2048, 64, 118],
  [2048, 128, 128],
  [8192, 128, 128],
  [256, 512, 512],
  [512, 512, 512],
  [1024, 1024, 1024],
  [32, 512, 3136],
];
const kinds = ["NN", "NT", "TN"];
const threadCounts = [...new Set([1, Math.min(2, cpus().length)])];

const build = fileURLToPath(new URL("../native/build", import.meta.url));
execFileSync("cmake", ["--build", build, "--target", "carom_bench"], { stdio: "ignore" });
const torch = findTorch();
if (torch.reason) console.log(torch.reason);
const rows = [];
for (const threads of threadCounts) {
  const own = await converse(`${build}/carom_bench`, ["serve", String(threads)]);
  const peer = torch.reason ? null : await startPeer(torch.python, "torch_gemm.py", threads);
  for (const [m, n, k] of shapes) rows.push(await measure(own, peer, threads, m, n, k));
  own.close();
  peer?.close();
}

const share = (row, kind, of) =>
  `${Math.round((100 * row.rate(kind, of)) / (row.rate("peak", of) * row.threads))} %`;
report("gemm", {
  title: "Matrix products",
  command: "pnpm bench gemm",
  intro: [
    "c [M, N] = a b in float32, GFLOP/s: medians of 15 interleaved turns, and in brackets the share of the peak of fused multiply-adds on registers in the same turns (times the number of threads), by medians and by the fastest tenth of the turns. N is a plain operand, T a transposed one.",
    torch.reason ?? "Ratios are torch.mm's median time over ours.",
  ].join(" "),
  body: table(
    ["threads", "M x N x K", "peak", ...kinds, ...kinds.map((kind) => `ratio ${kind}`)],
    rows.map((row) => [
      row.threads,
      row.name,
      row.rate("peak", "median").toFixed(0),
      ...kinds.map(
        (kind) =>
          `${row.rate(kind, "median").toFixed(0)} (${share(row, kind, "median")}, ${share(row, kind, "low")})`,
      ),
      ...kinds.map((kind) => row.ratio(kind)),
    ]),
  ),
  peers: torch.reason ? [] : [["PyTorch", torch.version]],
});

async function measure(own, peer, threads, m, n, k) {
  const flops = { peak: 0 };
  const ask = (name) => async (count) => {
    const request = name === "peak" ? `peak ${count}` : `${name} ${m} ${n} ${k} ${count}`;
    const answer = await own.ask(request);
    flops[name] = answer.flops / count;
    return answer.seconds;
  };
  const contestants = ["peak", ...kinds].map((name) => ({ name, run: ask(name) }));
  for (const kind of peer ? kinds : []) {
    const run = async (count) => (await peer.ask({ do: kind, m, n, k, count })).seconds;
    contestants.push({ name: `torch ${kind}`, run });
  }
  const times = await interleave(contestants, { rounds: 15, seconds: 0.02 });
  return {
    threads,
    name: `${m}x${n}x${k}`,
    rate: (name, of) => flops[name] / times.get(name)[of] / 1e9,
    ratio: (kind) =>
      peer ? (times.get(`torch ${kind}`).median / times.get(kind).median).toFixed(2) : "-",
  };
}
