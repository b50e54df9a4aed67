/**
 * What Kubernetes and Prometheus ask a process: `/startupz` (what it needs at its start has come), `/healthz` (the event loop turns and no
 * loop that must live has died), `/readyz` (every named check holds; the answer says which does not), `/metrics`, and pages of the process's own. Plain node:http, GET only.
 */

import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ListenError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** True when the check holds, otherwise the reason in a few words. Must not block. */
type Check = () => true | string;

export interface HealthOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Empty or absent: every address, of IPv4 and of IPv6. */
  readonly host?: string | undefined;
  readonly started?: Readonly<Record<string, Check>> | undefined;
  readonly live?: Readonly<Record<string, Check>> | undefined;
  readonly ready: Readonly<Record<string, Check>>;
  /** Further pages by their path, each an object that is shown as JSON. Must not block. */
  readonly pages?: Readonly<Record<string, () => object>> | undefined;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Rejects with `DAEMON_LISTEN_FAILED`. */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const { port, host = "", started = {}, live = {}, ready, pages = {}, metrics, log } = options;
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET") return reply(response, 405, "only GET\n");
    if (path === "/startupz") return replyChecks(response, started);
    if (path === "/healthz") return replyChecks(response, live);
    if (path === "/readyz") return replyChecks(response, ready);
    const page = path === undefined || !Object.hasOwn(pages, path) ? undefined : pages[path];
    if (page) return reply(response, 200, `${JSON.stringify(page())}\n`, "application/json");
    if (path !== "/metrics") {
      const paths = ["/startupz", "/healthz", "/readyz", ...Object.keys(pages)].join(", ");
      return reply(response, 404, `there are ${paths} and /metrics\n`);
    }
    metrics.render().then(
      ({ contentType, body }) => reply(response, 200, body, contentType),
      (error: unknown) => {
        log.error("metrics could not be rendered", { error });
        reply(response, 500, "see the log\n");
      },
    );
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 5_000;
  await listen(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  const listening = once(server, "listening");
  if (host === "") server.listen(port);
  else server.listen(port, host);
  try {
    await listening;
  } catch (cause) {
    const { message } = cause as Error;
    throw new ListenError(
      `cannot serve health on ${host}:${port}: ${message}; set HTTP_ADDRESS to a port that is free`,
      {
        cause,
      },
    );
  }
}

function replyChecks(response: ServerResponse, checks: Readonly<Record<string, Check>>): void {
  const results = Object.entries(checks).map(([name, check]): [string, string] => {
    try {
      const result = check();
      return [name, result === true ? "ok" : result];
    } catch (error) {
      return [name, `check failed: ${(error as Error).message}`];
    }
  });
  const holds = results.every(([, result]) => result === "ok");
  reply(response, holds ? 200 : 503, `${JSON.stringify(Object.fromEntries(results))}\n`, "application/json");
}

function reply(response: ServerResponse, status: number, body: string, contentType = "text/plain"): void {
  response.writeHead(status, { "content-type": contentType, "cache-control": "no-store" }).end(body);
}
