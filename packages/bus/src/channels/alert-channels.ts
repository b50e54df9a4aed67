/**
 * Where alerts go, and logs: what passed and is visible has a stream and subjects apart, so that it drowns no alert. Each has two forms: as it is
 * stored, and as JSON for whoever listens. All their subjects are made here, from the same four names.
 */

import type { Alert } from "@portcullis/model";
import type { AlertFilter } from "../bus.ts";
import { alertPrefix, nodeSubject, subjectPrefix, toToken } from "./subjects.ts";

type AlertForm = "stored" | "json";

/** What of an alert its subject is made of. */
export type AlertPlace = Pick<Alert, "hostName" | "namespaceName" | "podName" | "policyName" | "operation">;

interface ChannelNames {
  /** What one of its messages is called. */
  readonly what: "alert" | "log";
  readonly stream: string;
  /** What subjects begin with, by form. */
  readonly prefixes: Readonly<Record<AlertForm, string>>;
  /** The words behind a node's subject on which a node with a login of its own publishes and asks. */
  readonly words: Readonly<Record<"stored" | "state" | "one", string>>;
  /** The last name of a subject. */
  readonly last: "policyName" | "operation";
}

export class AlertChannel {
  readonly what: "alert" | "log";
  readonly stream: string;
  readonly words: ChannelNames["words"];
  readonly #names: ChannelNames;

  constructor(names: ChannelNames) {
    this.what = names.what;
    this.stream = names.stream;
    this.words = names.words;
    this.#names = names;
  }

  /** All that the stream keeps. */
  get subjects(): string {
    return `${this.#names.prefixes.stored}.>`;
  }

  /** Where it lies, or is sent as JSON. */
  subject(of: AlertPlace, form: AlertForm): string {
    return [this.#names.prefixes[form], toToken(of.hostName), ...this.#place(of)].join(".");
  }

  /** Where a node with a login of its own publishes it; from there the server leads it to where it lies. */
  publishSubject(node: string, of: AlertPlace): string {
    return nodeSubject(node, this.words.stored, ...this.#place(of));
  }

  #place(of: AlertPlace): string[] {
    return [of.namespaceName, of.podName, of[this.#names.last]].map(toToken);
  }

  /** What to subscribe to. */
  filter({ node, namespace, pod, policy }: AlertFilter, form: AlertForm = "stored"): string {
    const { prefixes, last } = this.#names;
    const names = [node, namespace, pod, last === "policyName" ? policy : undefined];
    return [prefixes[form], ...names.map((name) => (name === undefined ? "*" : toToken(name)))].join(".");
  }

  /** On which subjects below its own a node publishes and asks. */
  nodeSubjects(node: string): string[] {
    const { stored, state, one } = this.words;
    return [nodeSubject(node, stored, "*", "*", "*"), nodeSubject(node, state), nodeSubject(node, one, "*")];
  }
}

export const alertChannel = new AlertChannel({
  what: "alert",
  stream: "PORTCULLIS_ALERTS",
  prefixes: { stored: `${alertPrefix}.alerts`, json: `${alertPrefix}.json` },
  words: { stored: "alert", state: "alert-stream", one: "stored-alert" },
  last: "policyName",
});

export const logChannel = new AlertChannel({
  what: "log",
  stream: "PORTCULLIS_LOGS",
  prefixes: { stored: `${subjectPrefix}.logs`, json: `${subjectPrefix}.json-logs` },
  words: { stored: "log", state: "log-stream", one: "stored-log" },
  last: "operation",
});

export const alertChannels = [alertChannel, logChannel] as const;
