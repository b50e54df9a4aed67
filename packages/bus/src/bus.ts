/**
 * The bus as the rest of the project sees it: bundles and rule sets flow down to the nodes, alerts and node status flow
 * up. Behind it is one NATS connection with JetStream. All methods reject with the classes of `errors.ts`; all iterators
 * end without an error when their signal aborts, and survive a restart or a loss of the server. Long because it is one interface.
 */
import type { Log, Took } from "@portcullis/daemon";
import type { Alert, AlertSummary, Bundle, HeldBundle, NodeStatus } from "@portcullis/model";
import type { LoginKey } from "./identity/login-key.ts";
import type { BundleSigner } from "./signing/signing-key.ts";

export interface ConnectOptions {
  /**
   * NATS URLs, `tls://host:4222`, or `nats://` where the server need not be verified; names are resolved at every dial by the system's
   * resolver.
   */
  readonly servers: string | readonly string[];
  /** Who is connecting, shown by the server: `controller/<pod>`, `enforcer/<node>`. */
  readonly name: string;
  /** Ends the attempts to connect, and later closes the connection. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Nothing of these is ever logged. */
  readonly auth?: NatsCredentials | undefined;
  /**
   * The node that this is, with a login of its own: it may publish on this node's subjects and nowhere else. Absent: the login may do what
   * the process does, wherever that lies on the server.
   */
  readonly node?: string | undefined;
  /** How a server of a `tls://` URL is verified. */
  readonly tls?: TlsOptions | undefined;
  /**
   * Prefix of reply subjects, so that a server can keep clients from reading each other's replies. Default: NATS' own
   * `_INBOX`; with a user's name and password `_INBOX_<user>`, of a node `_INBOX_<node>`.
   */
  readonly inboxPrefix?: string | undefined;
  /** Milliseconds; the defaults suit a cluster. Tests shorten them. */
  readonly timing?: Partial<BusTiming> | undefined;
}

export interface TlsOptions {
  /** The authorities that are accepted, certificates as PEM; asked for at every dial. Absent: those that Node.js knows. */
  readonly authorities?: (() => string) | undefined;
  /** What the server's certificate is to be for. Default: the host of the URL; of several URLs, one of their hosts. */
  readonly serverName?: string | undefined;
}

/** One way to say who one is. The nkey is the seed ("SU…"). A token's file is read at every dial. */
export type NatsCredentials =
  | { readonly token: string }
  | { readonly tokenFile: string }
  | { readonly user: string; readonly password: string }
  | { readonly nkeySeed: string };

/** Milliseconds. */
export interface BusTiming {
  /** One attempt to connect. */
  readonly dialTimeout: number;
  /** Pause between attempts, before jitter. */
  readonly reconnectWait: number;
  readonly pingInterval: number;
  /** One request to JetStream, a publish included; a question to a controller is asked again after it, and given up after three times as long. */
  readonly requestTimeout: number;
  /** First and longest pause before a broken watch or subscription is opened again. */
  readonly reopenFirst: number;
  readonly reopenMax: number;
  /** A durable subscription's unacknowledged alerts come again after this; set when it is first made. */
  readonly ackWait: number;
  /** A node reads its bundle about so often, whether it was told of another one or not. */
  readonly bundleReread: number;
  /** Between two reads of a bundle that are made because something that was said of it is not credible. */
  readonly doubtPause: number;
}

/** Sizes in bytes, ages in milliseconds. What `ensure` asks the server for; replicas of each stream and bucket. */
export interface StorageLimits {
  readonly replicas: number;
  readonly alertsMaxBytes: number;
  readonly alertsMaxAge: number;
  /** Within it, the same id of an alert or a log is stored once. */
  readonly alertsDuplicateWindow: number;
  readonly logsMaxBytes: number;
  readonly logsMaxAge: number;
  readonly bundlesMaxBytes: number;
  readonly ruleSetsMaxBytes: number;
  readonly nodeStatusMaxBytes: number;
  readonly progressMaxBytes: number;
}

/** Monotonic counts since `connect`; a metrics module reads them at scrape time. */
export interface BusStats {
  disconnects: number;
  reconnects: number;
  staleConnections: number;
  /** Refused by the server's permissions or authentication. */
  permissionErrors: number;
  otherErrors: number;
  /** Watches and subscriptions opened again after a loss. */
  reopened: number;
  /** Messages of a kind, version or content this build does not accept; they were skipped. */
  refusedMessages: number;
  alertsPublished: number;
  /** Acknowledged as already stored. */
  alertsDuplicate: number;
  alertsFailed: number;
  /** Alerts that were too large and were cut. */
  alertsCut: number;
  /** Stored alerts and logs that were sent as JSON, and those that could not be. */
  copiesSent: number;
  copiesFailed: number;
  bundlesWritten: number;
  bundlesUnchanged: number;
  ruleSetsWritten: number;
  /** Reads of the own bundle: after connecting, in doubt, and every few minutes. */
  bundleReads: number;
  /** Bundles that somebody said were stored, and that were not believed. */
  bundleHintsDoubted: number;
  /** Nodes that were let in, and clients that were not. */
  loginsAccepted: number;
  loginsRefused: number;
  /** What nodes asked for and got, and what they may not have or is not there. */
  nodeRequestsAnswered: number;
  nodeRequestsRefused: number;
}

/** A bundle before its epoch and revision are known: the bus assigns them when it writes. */
export type BundleContent = Omit<Bundle, "revision" | "epoch">;

/** Which of two bundles of a node is the newer one: the epoch decides, and within an epoch the revision. */
export type BundleVersion = Pick<HeldBundle, "epoch" | "revision">;

export interface PublishOptions {
  readonly signer: BundleSigner;
  /**
   * What the caller published for the node last, should the bucket have lost it. Without it, and without a bundle in the bucket that
   * the signer may have signed, nothing is known: then the epoch rises above the node's. With its `sequence` the bucket is not read before it is
   * written, so that a content that is the same already is not noticed; where somebody else wrote since, it is read after all.
   */
  readonly last?: LastBundle | undefined;
  /**
   * What the node says it holds. If that is another bundle than the bucket's and not an older one, the node would refuse what is
   * published: then the epoch rises above it.
   */
  readonly held?: HeldBundle | undefined;
  /** Look at every rule set in the bucket again, and repair it: a node could not fetch one. */
  readonly recheck?: boolean | undefined;
}

/** A bundle of the caller's own, and at which place of the bucket's stream it was left, if the caller still relies on that. */
export type LastBundle = HeldBundle & { readonly sequence?: number | undefined };

export interface PublishedBundle {
  readonly epoch: bigint;
  readonly revision: bigint;
  /** Of the encoded and signed bundle: what the node reports when it holds this one. */
  readonly digest: string;
  /** Its place in the bucket's stream. */
  readonly sequence: number;
  /** False: the bucket already held this content, nothing was written. */
  readonly written: boolean;
}

export interface AlertFilter {
  readonly node?: string | undefined;
  /** Kubernetes names as they are; the empty string selects alerts of the host. Absent: any. */
  readonly namespace?: string | undefined;
  readonly pod?: string | undefined;
  readonly policy?: string | undefined;
}

export interface SubscribeOptions extends AlertFilter {
  readonly signal: AbortSignal;
  /** Where a subscription without `durable` begins: behind a sequence, or there; default "new". A durable one begins by the words alone. */
  readonly from?: "new" | "all" | { readonly after: number } | undefined;
  /**
   * A name under which the server remembers the position: a later subscription of the same name continues there. An
   * alert is acknowledged when the next one is asked for, so that a crash repeats the one in hand and loses none.
   */
  readonly durable?: string | undefined;
  /** Called when the subscription is in place on the server: what is published from then on will arrive. */
  readonly onReady?: (() => void) | undefined;
}

/** An alert as it came off the stream. */
export interface DeliveredAlert extends Alert {
  readonly stream: {
    /** When the stream was made: positions are those of this one. RFC 3339. */
    readonly created: string;
    /** Position in the stream; grows, except that a durable subscription may get again what it had not acknowledged. */
    readonly sequence: number;
    /**
     * Stored messages between this one and the one before it that this subscription will never see: discarded by the
     * stream's limits, or refused by the decoder. 0: no gap. With a filter it is an upper bound.
     */
    readonly missed: number;
  };
}

/** Where the stream has stored an alert. */
export interface AlertReceipt {
  /** The alert's own. */
  readonly id: string;
  readonly sequence: number;
  /** It was stored before, at this place. */
  readonly duplicate: boolean;
  /** It was too large and was cut. */
  readonly cut: boolean;
}

export interface AlertStreamState {
  /** When the stream was made: another time means another stream. */
  readonly created: string;
  readonly firstSequence: number;
  /** When the first one was stored, by the server's clock; absent: nothing is stored, or who tells this does not know. */
  readonly firstAt?: string | undefined;
  readonly lastSequence: number;
}

/** What a reader of a stream has kept of its work. */
export interface Progress {
  /** Undefined: nothing yet. */
  readonly value: Uint8Array | undefined;
  /** What it has to be for the next write. */
  readonly revision: number;
}

export interface NodeStatusEvent {
  readonly node: string;
  /** Absent: the status was deleted. */
  readonly status?: NodeStatus | undefined;
}

export interface LoginOptions {
  /** Signs the answers; the server's configuration names its public half. */
  readonly key: LoginKey;
  readonly signal: AbortSignal;
  /** Whom the token is of, and for how many milliseconds the login is to last. What it throws refuses the client; it is logged here and not told to the client. */
  readonly identify: (token: string) => Promise<NodeLogin>;
  /** Told how long each answer took. */
  readonly took?: Took | undefined;
}

export interface NodeLogin {
  readonly node: string;
  readonly lastsMs: number;
}

export interface Bus {
  readonly stats: Readonly<BusStats>;
  readonly connected: boolean;
  /** Resolves with the error (or undefined) when the connection is closed for good: end the process then. */
  readonly closed: Promise<Error | undefined>;
  /** Yields after every reconnect. The server may have lost its storage: the controller calls `ensure` and publishes again. */
  reconnects(signal: AbortSignal): AsyncIterable<void>;
  /** Sends what is pending and closes. */
  close(): Promise<void>;

  /**
   * Creates the stream and buckets where they are missing. A limit is applied to one that exists when it is another than was applied last; what an administrator has
   * set on the server meanwhile stays. Returns what the server does not let be changed now, in words. Controller only.
   */
  ensure(limits?: Partial<StorageLimits>): Promise<readonly string[]>;

  /**
   * Writes the rule sets the bucket lacks, then the bundle, signed; nothing when that is what the bucket holds. The
   * revision is above that of the bundle it replaces and not below the clock in milliseconds, so that it does not go
   * back when the server lost its storage. `ruleSets`: digest → encoded bytes, all of `bundle.ruleSets`.
   */
  publishBundle(
    bundle: BundleContent,
    ruleSets: ReadonlyMap<string, Uint8Array>,
    options: PublishOptions,
  ): Promise<PublishedBundle>;
  deleteBundle(node: string): Promise<void>;
  /** Nodes that have a bundle, sorted, and what it says. Undecodable ones are skipped and counted. Signatures are not looked at. */
  listBundles(): Promise<Bundle[]>;
  /**
   * Deletes rule sets that are not kept and which are older than `minAgeMs` (a minute: a younger one may belong to a bundle
   * that is about to be written); returns how many. `kept` is asked for each just before it is deleted, and a publication that
   * needs one which is being deleted waits and writes it again.
   */
  pruneRuleSets(kept: (digest: string) => boolean, minAgeMs?: number): Promise<number>;

  /**
   * The node's encoded bundle, now and at every change; not decoded, so that the caller counts what it refuses and keeps
   * the last good one. Only the newest is kept while the caller is busy. A deleted bundle yields nothing.
   *
   * What the server says when a bundle was stored is taken at once if it is `credible`: if the caller would take it, by signature, node and
   * version. Otherwise, and always without `credible`, it only makes the bucket be read. What the bucket holds is yielded in any
   * case, but what is not credible only when a second read finds it too.
   */
  watchBundle(node: string, signal: AbortSignal, credible?: (bytes: Uint8Array) => boolean): AsyncIterable<Uint8Array>;
  /** The encoded rule set, checked against its digest. Waits a little for one that is not there yet. */
  ruleSet(digest: string, signal: AbortSignal): Promise<Uint8Array>;

  /**
   * Resolves when the stream has stored the alert (once per id), which is published as it is encoded. What is larger than the server takes is
   * cut in its longest fields, and says so in its data. Rejects with `BUS_MESSAGE_…` for what is no alert.
   */
  publishAlert(encoded: Uint8Array): Promise<AlertReceipt>;
  /** What the stream of alerts is now. Rejects with `BUS_STORAGE_MISSING` when there is none. */
  alertStream(): Promise<AlertStreamState>;
  /** The id of the alert that the stream holds at this place; undefined: it holds none. */
  storedAlertId(sequence: number): Promise<string | undefined>;
  subscribeAlerts(options: SubscribeOptions): AsyncIterable<DeliveredAlert>;
  /** Sends it as JSON to whoever listens. */
  sendAlertCopy(alert: Alert): void;

  /** The same of logs, which are alerts of the types ContainerLog and HostLog, in a stream of their own. No policy is named there. */
  publishLog(encoded: Uint8Array): Promise<AlertReceipt>;
  logStream(): Promise<AlertStreamState>;
  storedLogId(sequence: number): Promise<string | undefined>;
  subscribeLogs(options: Omit<SubscribeOptions, "policy">): AsyncIterable<DeliveredAlert>;
  sendLogCopy(log: Alert): void;

  /** Says to whoever listens how often what happened. */
  sendSummary(summary: AlertSummary): void;
  /** Calls back for each that comes until the signal aborts. */
  hearSummaries(signal: AbortSignal, hear: (summary: AlertSummary) => void): void;

  /** How far somebody has come who reads a stream. `name`: letters, digits and "-". */
  readProgress(name: string): Promise<Progress>;
  /** Returns the next revision. Rejects with `BUS_PROGRESS_CONFLICT` when somebody else has written since `revision`. */
  writeProgress(name: string, value: Uint8Array, revision: number): Promise<number>;

  /** Answers what nodes with logins of their own ask for and may not read themselves, until the signal aborts. Controllers only. */
  answerNodes(signal: AbortSignal): Promise<void>;
  /** Answers the server that asks who a client is, until the signal aborts. Controllers only, which log in outside of it. */
  answerLogins(options: LoginOptions): Promise<void>;

  putNodeStatus(status: NodeStatus): Promise<void>;
  deleteNodeStatus(node: string): Promise<void>;
  /** Every node's status, then every change. `initialised` is called when all that were there have been yielded. */
  watchNodeStatuses(signal: AbortSignal, initialised?: () => void): AsyncIterable<NodeStatusEvent>;
}
