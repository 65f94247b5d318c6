/**
 * A training step on a whole batch by all threads, against the same pictures as micro-batches side by side, one compute
 * thread each (`replicas` of `createNodeTrainStep`). Two ways to spend the same cores; normalisation sees a batch in the
 * one and a micro-batch in the other, so the steps are not the same steps.
 *
 *     npm run bench -- replicas [--network modnet] [--replicas 2] [--rounds 5] [--json]
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { createNodeTrainStep } from "@mattelier/core/train/node";
import { interleave, report, row, type Row } from "./lib/harness.js";
import { batchOf, CONTESTS, stepOf } from "./train-step/networks.js";

const { values } = parseArgs({
  options: {
    network: { type: "string", multiple: true, default: Object.keys(CONTESTS) },
    replicas: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean" },
  },
});
const replicas = Number(values.replicas);
const threads = availableParallelism();

async function contest(network: string): Promise<Row> {
  const whole = CONTESTS[network]!;
  const part = { ...whole, batch: whole.batch / replicas };
  const batches = Array.from({ length: replicas }, () => batchOf(part));
  const batch = batchOf(whole);
  const byAll = await createNodeTrainStep(stepOf(whole), { seed: 1, threads });
  const bySide = await createNodeTrainStep(stepOf(part), { seed: 1, threads, replicas });
  try {
    const ms = await interleave(
      { byAll: () => byAll.step(batch), bySide: () => bySide.step(batches) },
      { rounds: Number(values.rounds) },
    );
    const title = `${whole.title} ${whole.sizePx}² b${whole.batch}`;
    return row(`${title}: ${replicas} x ${part.batch} by one batch`, ms.bySide / 1000, ms.byAll / 1000, "s");
  } finally {
    await Promise.all([byAll.dispose(), bySide.dispose()]);
  }
}

const rows: Row[] = [];
for (const network of values.network) rows.push(await contest(network));
report(rows);
