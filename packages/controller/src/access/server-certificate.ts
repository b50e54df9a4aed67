/**
 * The certificate of the release's own NATS server. The first controller that starts makes it; the one that leads exchanges it before it expires, when it
 * is asked to, or when the server gets another name. Nothing happens at once: the next authority is published to the nodes first, after a delay the
 * server gets the certificate, and the old authority is accepted until the server has presented the new one for as long. One that cert-manager makes
 * is only published, and the server told of it. Delays are of this process's monotonic clock, the dates of a certificate of the wall clock.
 */

import { X509Certificate } from "node:crypto";
import { presents } from "@portcullis/bus";
import type { Log } from "@portcullis/daemon";
import type { KubeClient } from "@portcullis/kube";
import { CertificateMissingError } from "../errors.ts";
import { configMapResource, type Found, NamedObject, secretResource } from "../named-object.ts";
import {
  advanced,
  authoritiesOf,
  type CertificateState,
  firstState,
  isLost,
  readState,
  withPublished,
  writeState,
} from "./certificate-state.ts";
import { passwordsIn } from "./passwords.ts";

export interface CertificateOptions {
  readonly issuer: "controller" | "cert-manager";
  /** With the server's certificate and key. */
  readonly secret: string;
  /** With the password of the server's system account. */
  readonly systemSecret: string;
  /** With the authorities, for the enforcers. */
  readonly configMap: string;
  /** DNS names and addresses that the server is dialled by. */
  readonly names: readonly string[];
  /** So long, in milliseconds, an authority is published before the server gets a certificate of it, and accepted after it has another. */
  readonly delayMs: number;
  /** Between two looks at the objects; default 15 s. */
  readonly lookMs?: number | undefined;
}

interface CertificateCounters {
  made: number;
  prepared: number;
  exchanged: number;
  retired: number;
  reloads: number;
}

interface ServerCertificateOptions extends CertificateOptions {
  readonly client: KubeClient;
  readonly log: Log;
  readonly namespace: string;
  /** URLs of the servers: one for each, which all have this certificate. */
  readonly servers: readonly string[];
  /** What it is verified to be for; undefined: the hosts of the URLs. */
  readonly serverName: string | undefined;
  /** Counted up. */
  readonly counters: CertificateCounters;
}

interface Stored {
  readonly secret: Found;
  readonly state: CertificateState;
}

export class ServerCertificate {
  readonly #options: ServerCertificateOptions;
  readonly #secret: NamedObject;
  readonly #systemSecret: NamedObject;
  readonly #configMap: NamedObject;
  #systemPassword = "";
  /** PEM of the authorities as they were last found or written, and since when they are there unchanged. */
  #authorities = "";
  #publishedAt = 0;
  /** Fingerprint of what every server is known to present, and since when. */
  #presented = "";
  #presentedAt = 0;

  constructor(options: ServerCertificateOptions) {
    const { client, namespace, secret, systemSecret, configMap } = options;
    this.#options = options;
    const of = { client, namespace, resource: secretResource };
    this.#secret = new NamedObject({ ...of, name: secret });
    this.#systemSecret = new NamedObject({ ...of, name: systemSecret });
    this.#configMap = new NamedObject({ ...of, resource: configMapResource, name: configMap });
  }

  get authorities(): string {
    return this.#authorities;
  }

  async open(signal: AbortSignal): Promise<void> {
    const { password = "" } = await passwordsIn(this.#systemSecret, ["password"], signal);
    this.#systemPassword = password;
    await this.follow(signal);
  }

  /** What a controller does that does not lead: it changes nothing, but makes what nobody could lead without. */
  async follow(signal: AbortSignal): Promise<void> {
    const { state } = await this.#stored(signal);
    const found = await this.#configMap.read(signal);
    if ((found.data["ca.crt"] ?? "") === "") await this.#write(found, authoritiesOf(state), signal);
    this.#authorities = authoritiesOf(state);
  }

  async look(signal: AbortSignal): Promise<void> {
    const { secret, state: before } = await this.#stored(signal);
    await this.#publish(before, signal);
    const state = advanced(before, {
      names: this.#isOurs ? this.#options.names : undefined,
      rotation: secret.rotation,
      published: this.#lasted(this.#publishedAt),
      presented: this.#presented === fingerprintOf(before) && this.#lasted(this.#presentedAt),
    });
    if (state !== before) {
      if (this.#isOurs) await this.#secret.write(secret, writeState(state), signal);
      this.#tell(before, state);
      await this.#publish(state, signal);
    }
    await this.#renew(state);
  }

  get #isOurs(): boolean {
    return this.#options.issuer === "controller";
  }

  /** The state in the Secret. One that is missing, or that nobody accepts any more, is made here by whoever is first. */
  async #stored(signal: AbortSignal): Promise<Stored> {
    const { names } = this.#options;
    const secret = await this.#secret.read(signal);
    const state = readState(secret.data);
    if (!this.#isOurs) {
      if (state === undefined) throw new CertificateMissingError("cert-manager has not made NATS' certificate yet");
      return { secret, state: withPublished(state, (await this.#configMap.read(signal)).data["ca.crt"] ?? "") };
    }
    if (state !== undefined && !isLost(state)) return { secret, state };
    const made = firstState(names, secret.rotation);
    await this.#secret.write(secret, writeState(made), signal);
    this.#options.counters.made++;
    this.#options.log.info("made a certificate for NATS", { names, expired: state !== undefined });
    await this.#write(await this.#configMap.read(signal), authoritiesOf(made), signal);
    return { secret: await this.#secret.read(signal), state: made };
  }

  /** Has the nodes accept what the state says, and remembers since when they are told. */
  async #publish(state: CertificateState, signal: AbortSignal): Promise<void> {
    const authorities = authoritiesOf(state);
    const found = await this.#configMap.read(signal);
    const isThere = found.data["ca.crt"] === authorities;
    if (!isThere) await this.#write(found, authorities, signal);
    if (!isThere || this.#authorities !== authorities || this.#publishedAt === 0) this.#publishedAt = performance.now();
    this.#authorities = authorities;
  }

  #write(found: Found, authorities: string, signal: AbortSignal): Promise<void> {
    return this.#configMap.write(found, { "ca.crt": authorities }, signal);
  }

  /** Has the server present what lies in the Secret. kubelet takes a minute or two until it lies in the server's files, too. */
  async #renew(state: CertificateState): Promise<void> {
    const fingerprint = fingerprintOf(state);
    if (this.#presented === fingerprint) return;
    // An authority that this controller has not made: nodes have to be told of it before they meet it.
    if (!this.#isOurs && state.retired.length > 0 && !this.#lasted(this.#publishedAt)) return;
    const { servers, serverName, counters } = this.#options;
    const auth = { user: "system", password: this.#systemPassword };
    const options = { auth, tls: { authorities: () => this.#authorities, serverName }, name: "controller/certificate" };
    // Each is asked, whatever another one answers; one that is away reads its files when it comes back.
    const asked = await Promise.allSettled(
      servers.map((server) => presents({ ...options, servers: [server] }, fingerprint)),
    );
    counters.reloads += asked.filter((answer) => answer.status === "fulfilled" && !answer.value).length;
    for (const answer of asked) if (answer.status === "rejected") throw answer.reason;
    if (!asked.every((answer) => answer.status === "fulfilled" && answer.value)) return;
    this.#presented = fingerprint;
    this.#presentedAt = performance.now();
  }

  #tell(before: CertificateState, after: CertificateState): void {
    const { log } = this.#options;
    if (after.present !== before.present) {
      this.#options.counters.exchanged++;
      log.info("NATS gets another certificate", { fingerprint: fingerprintOf(after) });
    } else if (after.next !== before.next) {
      this.#options.counters.prepared++;
      log.info("the authority of NATS' next certificate is published to the nodes", { rotation: after.rotation });
    } else {
      this.#options.counters.retired++;
      log.info("authorities of NATS' earlier certificates are not accepted any more", {
        before: before.retired.length,
      });
    }
  }

  /** Whether the delay has passed since then. */
  #lasted(since: number): boolean {
    return performance.now() - since >= this.#options.delayMs;
  }
}

const fingerprintOf = ({ present }: CertificateState): string =>
  new X509Certificate(present.certificate).fingerprint256;
