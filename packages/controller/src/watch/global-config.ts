/**
 * The global configuration: a ConfigMap that the chart makes and that an operator may change at any time. It is taken whole or not at all. What cannot
 * be used changes nothing: what was read last stays in force, and a controller that has read nothing yet waits, while the nodes keep the rules that they have.
 */

import { configKeys, defaults } from "@portcullis/api";
import { type Log, orAbort } from "@portcullis/daemon";
import { Informer, type KubeClient, type KubeObject } from "@portcullis/kube";
import type { Throttling, Visibility } from "@portcullis/model";
import { type Posture, visibilityIn } from "@portcullis/policy";
import { GlobalConfigError } from "../errors.ts";
import { configMapResource } from "../named-object.ts";

export interface GlobalConfig {
  /** What holds for a namespace whose annotations say nothing. */
  readonly posture: Posture;
  /** The same for the nodes' own processes. */
  readonly hostPosture: Posture;
  /** In which categories what passes is told, where a namespace's annotation says nothing. */
  readonly visibility: Visibility;
  /** The same for the nodes' own processes, where a node's annotation says nothing. */
  readonly hostVisibility: Visibility;
  /** Logs of executions are without their Resource. */
  readonly dropsProcessResources: boolean;
  /** The cap on alerts; undefined: it is switched off. */
  readonly throttling: Throttling | undefined;
}

const posture: Posture = { file: defaults.posture, network: defaults.posture, capabilities: defaults.posture };
/** What holds where nothing is said. */
export const defaultConfig: GlobalConfig = {
  ...{ posture, hostPosture: posture },
  ...{ visibility: [], hostVisibility: [], dropsProcessResources: false, throttling: undefined },
};

/** Bounds of the cap on alerts: a million is as good as none, and after a day its reason is forgotten. */
const mostPerSecond = 1_000_000;
const mostSeconds = 86_400;

/** A ConfigMap as the API server sends it: the part that is read. */
export interface ConfigObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Where the ConfigMap lies. */
export interface ConfigPlace {
  readonly namespace: string;
  readonly name: string;
}

/** Reads that one object alone. */
export function configInformer(client: KubeClient, log: Log, { namespace, name }: ConfigPlace): Informer<ConfigObject> {
  const fieldSelector = `metadata.name=${name}`;
  return new Informer({ client, log, resource: configMapResource, namespace, fieldSelector });
}

/** What the entries say, or what is wrong with them: a sentence each, with the key, the value and the remedy. */
export function parseGlobalConfig(data: Readonly<Record<string, string>>): GlobalConfig | readonly string[] {
  const known = Object.values(configKeys).flatMap((key) => (typeof key === "string" ? [key] : Object.values(key)));
  const faults = Object.keys(data)
    .filter((key) => !known.some((name) => name === key))
    .map((key) => `${key}: there is no such key; use ${known.join(", ")}`);
  const mode = (key: string) => {
    const value = data[key];
    const written = (value ?? defaults.posture).trim().toLowerCase();
    if (written === "audit" || written === "block") return written;
    faults.push(`${key} has the value ${JSON.stringify(value)}: use audit or block`);
    return defaults.posture;
  };
  const flag = (key: string): boolean => {
    const written = (data[key] ?? "false").trim().toLowerCase();
    if (written !== "true" && written !== "false")
      faults.push(`${key} has the value ${JSON.stringify(data[key])}: use true or false`);
    return written === "true";
  };
  const of = (keys: Readonly<Record<keyof Posture, string>>): Posture => ({
    file: mode(keys.file),
    network: mode(keys.network),
    capabilities: mode(keys.capabilities),
  });
  const categories = (key: string): Visibility => {
    const { visible, unknown } = visibilityIn(data[key] ?? "");
    if (unknown.length > 0)
      faults.push(
        `${key} has the value ${JSON.stringify(data[key])}: ${unknown.join(", ")} cannot be told, use process, file, network, capabilities or none`,
      );
    return visible;
  };
  const number = (key: string, most: number, instead: number): number => {
    const written = (data[key] ?? "0").trim();
    if (!/^\d+$/.test(written) || Number(written) > most)
      faults.push(
        `${key} has the value ${JSON.stringify(data[key])}: use a whole number from 1 to ${most}, or 0 for the default, ${instead}`,
      );
    return Number(written) || instead;
  };
  // What is wrong is said also while it is switched off.
  const throttling: Throttling = {
    alertsPerSecond: number(configKeys.throttling.alertsPerSecond, mostPerSecond, defaults.throttling.alertsPerSecond),
    seconds: number(configKeys.throttling.seconds, mostSeconds, defaults.throttling.seconds),
  };
  const config = {
    posture: of(configKeys.posture),
    hostPosture: of(configKeys.hostPosture),
    visibility: categories(configKeys.visibility),
    hostVisibility: categories(configKeys.hostVisibility),
    dropsProcessResources: flag(configKeys.dropsProcessResources),
    throttling: flag(configKeys.throttling.on) ? throttling : undefined,
  };
  return faults.length > 0 ? faults : config;
}

export interface GlobalConfigWatchOptions {
  readonly log: Log;
  /** Of the one object; absent: nobody configures anything, and the defaults hold. */
  readonly informer: Informer<ConfigObject> | undefined;
  /** Told of each configuration that is another one than before. */
  readonly changed: (config: GlobalConfig) => void;
  /** Told of a ConfigMap that cannot be used, and why. */
  readonly refused: (object: KubeObject, why: string) => void;
}

export class GlobalConfigWatch {
  readonly counters = { changes: 0, refused: 0 };
  readonly #options: GlobalConfigWatchOptions;
  readonly #known = Promise.withResolvers<void>();
  #inForce: GlobalConfig | undefined;
  #refused: { readonly object: KubeObject; readonly why: string } | undefined;

  constructor(options: GlobalConfigWatchOptions) {
    this.#options = options;
    const { informer } = options;
    if (informer === undefined) this.#take(defaultConfig);
    informer?.on(({ type, object }) => {
      if (type !== "delete") return this.#read(object);
      this.#refused = undefined;
      options.log.warn("the global configuration is gone, what was read last stays in force");
    });
  }

  /** Undefined: none that can be used was read yet. */
  get inForce(): GlobalConfig | undefined {
    return this.#inForce;
  }

  /** What is wrong with the configuration; empty when nothing is. */
  get problem(): string {
    if (this.#refused !== undefined) return this.#refused.why;
    const { informer } = this.#options;
    if (informer === undefined || (informer.hasSynced && [...informer.store.keys()].length > 0)) return "";
    return "there is no global configuration: the ConfigMap that the chart makes is missing";
  }

  /** Resolves when there is one that can be used; rejects with the signal's reason. */
  async whenKnown(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await orAbort(this.#known.promise, signal);
  }

  /** Tells once more what is refused now, if anything is. */
  tell(): void {
    if (this.#refused) this.#options.refused(this.#refused.object, this.#refused.why);
  }

  #read(object: ConfigObject): void {
    const read = parseGlobalConfig(object.data ?? {});
    if ("posture" in read) {
      this.#refused = undefined;
      this.#take(read);
      return;
    }
    this.counters.refused++;
    const holds = this.#inForce ? "what was read before stays in force" : "nothing is published until it can be used";
    this.#refused = { object, why: `${read.join("; ")}; ${holds}` };
    const error = new GlobalConfigError(`the global configuration is refused: ${this.#refused.why}`);
    this.#options.log.error("the global configuration is refused", { error });
    this.tell();
  }

  #take(config: GlobalConfig): void {
    if (JSON.stringify(config) === JSON.stringify(this.#inForce)) return;
    if (this.#inForce !== undefined) {
      this.counters.changes++;
      this.#options.log.info("the global configuration has changed", { ...config });
    }
    this.#inForce = config;
    this.#options.changed(config);
    this.#known.resolve();
  }
}
