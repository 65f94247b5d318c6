// Entry of the thread that holds one session. See messages.ts for what it is told and answers.
import { parentPort } from "node:worker_threads";
import { internalError } from "../util/errors.js";
import type { Request } from "./messages.js";
import { createHere } from "./node-here.js";
import type { PlainNodeOptions } from "./node-options.js";
import { SessionHost } from "./session-host.js";

const port = parentPort;
if (port === null) throw internalError("session worker", "to be a worker thread", "the main one");

const host = new SessionHost(createHere);
port.on("message", (request: Request<PlainNodeOptions>) => {
  void host.reply(request).then(([answer, buffers]) => {
    port.postMessage(answer, buffers);
  });
});
