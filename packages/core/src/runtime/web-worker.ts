// Entry of the Web Worker that holds one session. See messages.ts for what it is told and answers.
import type { Request } from "./messages.js";
import { SessionHost } from "./session-host.js";
import { createHere } from "./web-here.js";
import type { PlainWebOptions } from "./web-options.js";

const host = new SessionHost(createHere);
self.addEventListener("message", ({ data }: MessageEvent<Request<PlainWebOptions>>) => {
  void host.reply(data).then(([answer, transfer]) => {
    self.postMessage(answer, { transfer });
  });
});
