import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestServer {
  readonly url: string;
  /** `Range` header of each request so far; "" for none. */
  readonly ranges: string[];
  close(): Promise<void>;
}

export type Reply = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server on the loopback interface, at a free port unless told. `count` is the request's number, from 0. */
export async function serve(reply: Reply, port = 0): Promise<TestServer> {
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? "");
    reply(request, response, ranges.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ranges,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export interface FileFacts {
  readonly etag?: string;
  readonly lastModified?: string;
  /** Send this many bytes of the body, then cut the connection. */
  readonly cutAfter?: number;
}

/** Send a file as a well-behaved server does: ranges, If-Range, 416; optionally cut the connection on the way. */
export function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { body, etag, lastModified, cutAfter }: FileFacts & { body: Buffer },
): void {
  if (etag !== undefined) response.setHeader("etag", etag);
  if (lastModified !== undefined) response.setHeader("last-modified", lastModified);
  const ifRange = request.headers["if-range"];
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? -1);
  const partial = start >= 0 && (ifRange === undefined || ifRange === etag || ifRange === lastModified);
  if (partial && start >= body.length) {
    response.writeHead(416, { "content-range": `bytes */${body.length}` }).end();
    return;
  }
  const rest = partial ? body.subarray(start) : body;
  if (partial) response.setHeader("content-range", `bytes ${start}-${body.length - 1}/${body.length}`);
  response.writeHead(partial ? 206 : 200, { "content-length": rest.length });
  sendCut(response, rest, cutAfter);
}

/** End a reply after some bytes of its body by breaking the connection. */
export function sendCut(response: ServerResponse, body: Buffer, cutAfter: number | undefined): void {
  if (cutAfter === undefined || cutAfter >= body.length) response.end(body);
  else response.write(body.subarray(0, cutAfter), () => void cutSoon(response));
}

/** Client and server share a thread here: give the client turns to take what was sent, however slow they are. */
async function cutSoon(response: ServerResponse): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
  response.destroy();
}
