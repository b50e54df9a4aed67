/**
 * Receivers of alerts for tests. `FalcoReceiver` reads events by the rules by which falcosidekick (types.FalcoPayload and newFalcoPayload, July 2026) reads them; falcosidekick itself cannot be
 * built here, because Go's module proxy does not serve its module. `OtlpReceiver` is OpenTelemetry's own.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { until } from "@portcullis/daemon/testing";
import type { KubeClient, KubeObject } from "@portcullis/kube";
import { apply, collectionPath } from "@portcullis/kube";
import { testBinary } from "@portcullis/kube/testing";
import { parse } from "yaml";
import { reportResource } from "../src/outputs/report.ts";

/** What a test has the receiver answer instead of reading the request. */
type Instead = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

export interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
  readonly body: string;
}

/** A server of HTTP that keeps what it was sent. */
export class HttpReceiver {
  readonly requests: Received[] = [];
  /** Asked first of every request. */
  instead: (request: Received) => Instead | undefined = () => undefined;
  /** Requests that are being answered, and the most that were at once. */
  busiest = 0;
  /** How long an answer takes. */
  delayMs = 0;
  #busy = 0;
  #server: Server | undefined;
  #port = 0;
  readonly #tls: { readonly key: string; readonly cert: string } | undefined;
  readonly #take: (body: string) => Instead;

  constructor(take: (body: string) => Instead, tls?: { readonly key: string; readonly cert: string }) {
    this.#take = take;
    this.#tls = tls;
  }

  get url(): string {
    return `${this.#tls ? "https" : "http"}://localhost:${this.#port}`;
  }

  /** Again after `stop`, on the same port. */
  async start(): Promise<this> {
    const answer = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    this.#server = this.#tls ? createTlsServer(this.#tls, answer) : createServer(answer);
    this.#server.listen(this.#port, "localhost");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#busy++;
    this.busiest = Math.max(this.busiest, this.#busy);
    const body = (await request.toArray()).join("");
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const received = { headers: request.headers, path: request.url ?? "", body };
    this.requests.push(received);
    const {
      status,
      headers = {},
      body: said = "",
    } = this.instead(received) ?? (request.method === "POST" ? this.#take(body) : { status: 400 });
    this.#busy--;
    response.writeHead(status, headers).end(said);
  }
}

export interface FalcoEvent {
  readonly output: string;
  readonly priority: string;
  readonly rule: string;
  readonly time: string;
  readonly output_fields: Readonly<Record<string, unknown>>;
  readonly source: string;
  readonly tags: readonly string[];
  readonly hostname: string;
}

const priorities = /^(emergency|alert|critical|error|warning|notice|informational|debug)$/i;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

export class FalcoReceiver extends HttpReceiver {
  readonly events: FalcoEvent[] = [];

  constructor(tls?: { readonly key: string; readonly cert: string }) {
    super((body) => {
      const event = read(body);
      if (event === undefined) return { status: 400, body: "Please send a valid request body" };
      this.events.push(event);
      return { status: 200 };
    }, tls);
  }

  get ids(): string[] {
    return this.events.map(({ output_fields }) => String(output_fields.AlertID));
  }
}

function read(body: string): FalcoEvent | undefined {
  let event: FalcoEvent;
  try {
    event = JSON.parse(body);
  } catch {
    return undefined;
  }
  const { output, priority, rule, time, output_fields: fields, source, tags, hostname } = event;
  const texts = [output, priority, rule, time, source, hostname, ...tags];
  if (texts.some((text) => typeof text !== "string") || rule === "") return undefined;
  if (!priorities.test(priority) || !rfc3339.test(time) || Object.keys(fields).length === 0) return undefined;
  const labels = [fields["k8s.ns.name"], fields["k8s.pod.name"]];
  // There falcosidekick does not answer: it panics.
  if (labels.some((label) => label !== undefined && typeof label !== "string")) throw new Error("no label");
  return event;
}

/** As OTLP's JSON names them. */
export interface OtlpResource {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scopeLogs: readonly { readonly logRecords: readonly OtlpRecord[] }[];
}
interface OtlpRecord {
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly Attribute[];
}
interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}

export const valuesOf = (attributes: readonly Attribute[]): Record<string, string | undefined> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));

export class OtlpReceiver {
  /** Of each request that was taken. */
  readonly requests: OtlpResource[][] = [];
  readonly #child: ChildProcess;
  port = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** @param args of tools/setup/receivers/otlp-receiver */
  static async start(...args: string[]): Promise<OtlpReceiver> {
    const child = spawn(testBinary("otlp-receiver"), args, { stdio: ["ignore", "pipe", "inherit"] });
    const receiver = new OtlpReceiver(child);
    const lines = createInterface({ input: child.stdout });
    const started = once(lines, "line");
    receiver.port = JSON.parse((await started)[0]).port;
    lines.on("line", (line) => receiver.requests.push(JSON.parse(line).resourceLogs));
    return receiver;
  }

  get records(): OtlpRecord[] {
    return this.requests.flat().flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}

/** OpenReports' own definition of a Report, from its Go module, in a cluster of a test. */
export async function defineReports(client: KubeClient): Promise<void> {
  const definition = parse(readFileSync(testBinary("openreports.io_reports.yaml"), "utf8")) as KubeObject;
  const resource = {
    ...{ group: "apiextensions.k8s.io", version: "v1" },
    ...{ plural: "customresourcedefinitions", kind: "CustomResourceDefinition" },
  };
  await apply(client, { resource, name: definition.metadata.name }, { ...definition }, { fieldManager: "test" });
  await until("reports are served", async () => {
    await client.request({ method: "GET", path: collectionPath(reportResource) });
    return true;
  });
}
