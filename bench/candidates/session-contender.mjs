// One contender of the lean-model bench in a process of its own. Plain JavaScript on built packages, as
// remove-contender.mjs. Arguments: a model's path, its head, `lean` or `whole`, `arena` or `no-arena`. Each message asks
// for one inference of zeros; each answer is `{ ms, peakBytes, heldBytes }`.
import { leanModel } from "@mattelier/core/infer";
import { createNodeSession } from "@mattelier/core/runtime/node";

const [path, port, form, arena] = process.argv.slice(2);
const head = Number.isNaN(Number(port)) ? port : Number(port);
const model = form === "lean" ? await leanModel({ path, head }, { float32: true }) : path;
const session = await createNodeSession(model, {
  provider: "cpu",
  arena: arena === "arena",
  transferModel: true,
});
const [{ name, shape }] = session.inputs;
const { name: output } =
  session.outputs.find((out, i) => out.name === head || i === head) ?? session.outputs[0];
const data = new Float32Array(shape.reduce((a, b) => a * b));

process.on("message", async () => {
  const began = performance.now();
  await session.run({ [name]: { dtype: "float32", shape, data } }, { outputs: [output] });
  const ms = performance.now() - began;
  process.send({
    ms,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    heldBytes: process.memoryUsage.rss(),
  });
});
process.send("ready");
