/**
 * One receiver of alerts, spoken to over HTTP. The connection is kept; a server of an `https://` URL is verified; nothing follows a redirect, because what is sent, and the
 * login with it, is for this receiver. Secrets are read from files, which kubelet renews, and are in no error.
 */

import { readFile } from "node:fs/promises";
import { Agent as HttpAgent, type IncomingMessage, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { version } from "@portcullis/daemon";
import { OutputUnreachableError } from "../errors.ts";

export interface TargetOptions {
  readonly url: URL;
  /** The authorities that vouch for it, PEM; absent: those that Node.js knows. */
  readonly caFile?: string | undefined;
  /** At most one of these. */
  readonly tokenFile?: string | undefined;
  readonly login?: { readonly user: string; readonly passwordFile: string } | undefined;
  /** For a whole request; default 10 s. */
  readonly timeoutMs?: number | undefined;
}

export interface Answer {
  readonly status: number;
  /** How long the receiver asks to be left alone. */
  readonly retryAfterMs: number | undefined;
  /** The beginning of it. */
  readonly body: string;
}

/** More of an answer is not read. */
const answerBytes = 64 * 1024;
/** Files are read again after this. */
const freshMs = 10_000;
/** Nobody is waited for longer than this, whatever he asks for. */
const longestRetryAfterMs = 300_000;

export class HttpTarget {
  readonly #options: TargetOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #files = new Map<string, { readonly text: string; readonly readAt: number }>();

  /** @param connections that may be open at once */
  constructor(options: TargetOptions, connections: number) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: connections };
    this.#agent = this.#encrypted ? new HttpsAgent({ ...pool, minVersion: "TLSv1.2" }) : new HttpAgent(pool);
  }

  get #encrypted(): boolean {
    return this.#options.url.protocol === "https:";
  }

  /** For the log. */
  get name(): string {
    return this.#options.url.href;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** @throws OutputUnreachableError when there is no answer; the signal's reason when it was aborted */
  async post(body: string, contentType: string, signal: AbortSignal): Promise<Answer> {
    const { url, caFile, timeoutMs = 10_000 } = this.#options;
    const given = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const bytes = Buffer.from(body, "utf8");
      const authorization = await this.#authorization();
      const headers = {
        "Content-Type": contentType,
        "Content-Length": bytes.length,
        "User-Agent": `portcullis/${version}`,
        ...(authorization === undefined ? {} : { Authorization: authorization }),
      };
      const ca = caFile === undefined ? {} : { ca: await this.#read(caFile) };
      const options: RequestOptions = { method: "POST", agent: this.#agent, headers, signal: given, ...ca };
      return await answerOf(await this.#send(url, options, bytes));
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      const why = given.aborted ? `no answer within ${timeoutMs} ms` : (cause as Error).message;
      throw new OutputUnreachableError(`${this.name}: ${why}`, { cause });
    }
  }

  #send(url: URL, options: RequestOptions, bytes: Uint8Array): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = (this.#encrypted ? requestHttps : requestHttp)(url, options, resolve);
      request.on("error", reject);
      request.end(bytes);
    });
  }

  async #authorization(): Promise<string | undefined> {
    const { tokenFile, login } = this.#options;
    if (tokenFile !== undefined) return `Bearer ${await this.#read(tokenFile)}`;
    if (login === undefined) return undefined;
    const pair = `${login.user}:${await this.#read(login.passwordFile)}`;
    return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
  }

  async #read(path: string): Promise<string> {
    const known = this.#files.get(path);
    if (known !== undefined && performance.now() - known.readAt < freshMs) return known.text;
    const text = (await readFile(path, "utf8")).trim();
    // Node.js would take no authority for its own ones, and no token for an empty one.
    const pem = path === this.#options.caFile;
    if (pem ? !text.includes("BEGIN CERTIFICATE") : text === "")
      throw new Error(`${path} ${pem ? "holds no certificate" : "is empty"}`);
    this.#files.set(path, { text, readAt: performance.now() });
    return text;
  }
}

async function answerOf(message: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    if (length < answerBytes) parts.push(part);
    length += part.length;
  }
  const body = Buffer.concat(parts).subarray(0, answerBytes).toString("utf8");
  return { status: message.statusCode ?? 0, retryAfterMs: retryAfterOf(message.headers["retry-after"]), body };
}

/** Of the header Retry-After: seconds, or a date. */
export function retryAfterOf(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(longestRetryAfterMs, Math.max(0, ms)) : undefined;
}
