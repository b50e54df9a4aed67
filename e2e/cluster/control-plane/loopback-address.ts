/**
 * A loopback address of one's own. 127.0.0.0/8 is all loopback, so every cluster takes one address of it and uses the same
 * fixed ports there: no two clusters can clash, and nothing races between finding a port free and taking it.
 */
import { randomInt } from "node:crypto";
import { createServer, type Server } from "node:net";
import { ports } from "../addresses.ts";
import { ClusterError } from "../errors.ts";

export interface LoopbackAddress {
  readonly host: string;
  release(): Promise<void>;
}

/** Takes a free address in 127.64.0.0/10. */
export async function claimAddress(): Promise<LoopbackAddress> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const host = `127.${randomInt(64, 128)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
    const server = await listen(host);
    if (server) return { host, release: () => new Promise((done) => server.close(() => done())) };
  }
  throw new ClusterError("E2E_OPTION", `no free loopback address: is something listening on 0.0.0.0:${ports.claim}?`);
}

function listen(host: string): Promise<Server | null> {
  return new Promise((done) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => done(null));
    server.listen(ports.claim, host, () => {
      server.unref();
      done(server);
    });
  });
}
