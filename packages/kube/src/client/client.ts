/**
 * The one way in which this package speaks to the API server: JSON goes in, and JSON comes out where nothing else was asked for. client-node's typed clients turn some
 * answers into class instances and leave others plain; here a list, a get and a watch give the same plain objects. Authentication,
 * TLS and proxies are left to client-node.
 */
import { HttpMethod, IsomorphicFetchHttpLibrary, RequestContext, type ResponseContext } from "@kubernetes/client-node";
import { KubeStatusError, KubeUnreachableError } from "../errors.ts";
import { valueOfJson } from "../wire/json.ts";
import type { PooledKubeConfig } from "./kube-config.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path on the API server, without query. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the whole request is given up; default 30,000. 0: never (watches). */
  readonly timeoutMs?: number;
}

/** A whole answer. */
export interface Answer {
  /** Method and path of the request. */
  readonly name: string;
  /** Its media type. */
  readonly type: string;
  readonly bytes: Uint8Array;
}

export class KubeClient {
  readonly config: PooledKubeConfig;
  readonly #http = new IsomorphicFetchHttpLibrary();
  readonly #userAgent: string;

  constructor(config: PooledKubeConfig, userAgent: string) {
    this.config = config;
    this.#userAgent = userAgent;
  }

  /**
   * @returns the answer's JSON
   * @throws KubeStatusError, KubeUnreachableError, KubeResponseError; the signal's reason when it was aborted
   */
  async request<T>(request: ApiRequest): Promise<T> {
    const { name, bytes } = await this.answer(request);
    return valueOfJson(bytes, name) as T;
  }

  /**
   * The whole answer as it came.
   * @throws KubeStatusError, KubeUnreachableError; the signal's reason when it was aborted
   */
  async answer(request: ApiRequest): Promise<Answer> {
    const { name, response } = await this.#send(request, request.timeoutMs ?? 30_000);
    const bytes = await guard(name, request.signal, () => new Response(streamOf(response)).bytes());
    return { name, type: typeOf(response), bytes };
  }

  /**
   * A streaming answer (a watch) as it comes. Ends when the server ends it; abort the signal to leave. `opened` is called with the
   * answer's type when the server has answered, which may be long before the first byte.
   */
  async *chunks(request: ApiRequest, opened?: (type: string) => void): AsyncGenerator<Uint8Array, void, void> {
    // When the reader leaves early the connection has to end, and only an abort ends it: cancelling the body would wait for its end.
    const left = new AbortController();
    const signal = request.signal ? AbortSignal.any([request.signal, left.signal]) : left.signal;
    try {
      const { name, response } = await this.#send({ ...request, signal }, 0);
      opened?.(typeOf(response));
      const reader = streamOf(response).getReader();
      for (;;) {
        const { done, value } = await guard(name, signal, () => reader.read());
        if (done) return;
        yield value;
      }
    } finally {
      left.abort();
    }
  }

  async #send(request: ApiRequest, timeoutMs: number): Promise<{ name: string; response: ResponseContext }> {
    const url = new URL(this.config.getCurrentCluster()?.server ?? "");
    url.pathname = url.pathname.replace(/\/$/, "") + request.path;
    for (const [key, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const name = `${request.method} ${request.path}`;
    const context = new RequestContext(url.toString(), HttpMethod[request.method]);
    context.setHeaderParam("Accept", request.accept ?? "application/json");
    context.setHeaderParam("User-Agent", this.#userAgent);
    if (request.body !== undefined) {
      context.setHeaderParam("Content-Type", request.contentType ?? "application/json");
      context.setBody(JSON.stringify(request.body));
    }
    const signals = [request.signal, timeoutMs > 0 ? AbortSignal.timeout(timeoutMs) : undefined].filter(
      (s) => s !== undefined,
    );
    if (signals.length > 0) context.setSignal(AbortSignal.any(signals));
    const response = await guard(name, request.signal, async () => {
      await this.config.applySecurityAuthentication(context);
      return this.#http.send(context).toPromise();
    });
    if (response.httpStatusCode < 200 || response.httpStatusCode > 299) {
      throw refusal(name, response, await guard(name, request.signal, () => response.body.text()));
    }
    return { name, response };
  }
}

/** client-node's type does not name it. */
const streamOf = ({ body }: ResponseContext): ReadableStream<Uint8Array<ArrayBuffer>> =>
  (body as unknown as { stream(): ReadableStream<Uint8Array<ArrayBuffer>> }).stream();

const typeOf = ({ headers }: ResponseContext): string => headers["content-type"] ?? "";

/** Failures of the network become errors of ours. After an abort by the caller the caller's own reason is thrown. */
async function guard<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const inner = (cause as { cause?: { message?: string } }).cause?.message;
    throw new KubeUnreachableError(`${name}: ${(cause as Error).message}${inner ? ` (${inner})` : ""}`, { cause });
  }
}

function refusal(name: string, response: ResponseContext, text: string): KubeStatusError {
  let body: { reason?: string; message?: string } = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Proxies, and the API server's own filters, answer in plain text.
  }
  const retryAfter = Number(response.headers["retry-after"]);
  return new KubeStatusError(
    name,
    response.httpStatusCode,
    body.reason ?? "",
    body.message ?? text.slice(0, 200),
    Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
  );
}
