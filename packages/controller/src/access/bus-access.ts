/**
 * How this controller gets into the NATS server of its own release, and everybody else with it: it makes the passwords and looks after the server's
 * certificate. With a server of somebody else it says what it was told.
 */

import type { ConnectOptions, LoginKey } from "@portcullis/bus";
import { aborted, Backoff, type Log, sleep } from "@portcullis/daemon";
import { isStatus, type KubeClient } from "@portcullis/kube";
import { NamedObject, secretResource } from "../named-object.ts";
import { loginKeyIn } from "./login-key.ts";
import { passwordsIn } from "./passwords.ts";
import { type CertificateOptions, ServerCertificate } from "./server-certificate.ts";

export interface BusAccessOptions {
  readonly client: KubeClient;
  readonly log: Log;
  readonly namespace: string;
  readonly servers: readonly string[];
  /** The Secret with the controller's and the readers' passwords, which is filled here. Absent: `auth` is given, or nobody has to log in. */
  readonly loginSecret?: string | undefined;
  /** The Secret with the key by which NATS knows this controller's word on who a node is, which is filled here. Absent: nobody asks. */
  readonly nodeLoginSecret?: string | undefined;
  readonly auth?: ConnectOptions["auth"];
  /** Absent: the server is somebody else's, or is not encrypted. */
  readonly certificate?: CertificateOptions | undefined;
  readonly tls?: ConnectOptions["tls"];
}

const user = "portcullis";

export class BusAccess {
  readonly counters = { made: 0, prepared: 0, exchanged: 0, retired: 0, reloads: 0, failed: 0 };
  readonly #options: BusAccessOptions;
  readonly #own: ServerCertificate | undefined;
  #auth: ConnectOptions["auth"];
  #loginKey: LoginKey | undefined;

  constructor(options: BusAccessOptions) {
    this.#options = options;
    this.#auth = options.auth;
    const { certificate } = options;
    if (certificate !== undefined)
      this.#own = new ServerCertificate({
        ...options,
        ...certificate,
        serverName: options.tls?.serverName,
        counters: this.counters,
      });
  }

  /** What the bus is opened with; after `open`. */
  get connection(): Pick<ConnectOptions, "servers" | "auth" | "tls"> {
    const { servers, tls } = this.#options;
    const own = this.#own;
    return { servers, auth: this.#auth, tls: own === undefined ? tls : { ...tls, authorities: () => own.authorities } };
  }

  /** What answers for nodes are signed with, after `open`. Undefined: nobody asks. */
  get loginKey(): LoginKey | undefined {
    return this.#loginKey;
  }

  /** Resolves when there is what the server and everybody who connects to it needs, or when the signal aborts. */
  async open(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 200, maxMs: 5_000 });
    while (!signal.aborted) {
      if (await this.#tried(() => this.#make(signal), signal)) return;
      await sleep(backoff.next(), signal);
    }
  }

  /** Until the signal aborts: rotation where this controller leads; elsewhere, what the one that leads has made is taken over. */
  async run(leads: () => boolean, signal: AbortSignal): Promise<void> {
    const own = this.#own;
    if (own === undefined) return aborted(signal);
    while (!signal.aborted) {
      await this.#tried(() => (leads() ? own.look(signal) : own.follow(signal)), signal);
      await sleep(this.#options.certificate?.lookMs ?? 15_000, signal);
    }
  }

  /** Passwords first: when a pod finds a certificate, whatever else it mounts is there too. */
  async #make(signal: AbortSignal): Promise<void> {
    const { client, namespace, loginSecret, nodeLoginSecret } = this.#options;
    const secret = (name: string) => new NamedObject({ client, namespace, resource: secretResource, name });
    if (loginSecret !== undefined) {
      const { password = "" } = await passwordsIn(secret(loginSecret), ["password", "reader-password"], signal);
      this.#auth = { user, password };
    }
    if (nodeLoginSecret !== undefined) this.#loginKey = await loginKeyIn(secret(nodeLoginSecret), signal);
    await this.#own?.open(signal);
  }

  /** False: it failed, which was counted and logged. */
  async #tried(work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      // A conflict means that another replica was faster, and is looked at again.
      if (signal.aborted || isStatus(error, 409)) return false;
      this.counters.failed++;
      this.#options.log.error("the way into NATS cannot be looked after, trying again", { error });
      return false;
    }
  }
}
