/** The environment as typed configuration. Only main.ts hands an environment in. */
import { defaults } from "@portcullis/api";
import {
  isNatsVariable,
  type NatsSettings,
  natsSettings,
  natsVariables,
  type StorageLimits,
  storageLimits,
  storageVariables,
} from "@portcullis/bus";
import { z } from "zod";
import type { NodeLoginOptions } from "./access/node-logins.ts";
import type { CertificateOptions } from "./access/server-certificate.ts";
import { ConfigError } from "./errors.ts";
import { mayHoldSecret, type OutputSettings, outputSettings, outputVariables } from "./outputs/output-settings.ts";

export interface Config {
  readonly nats: NatsSettings;
  /** What is asked of the server for streams and buckets. */
  readonly storage: Partial<StorageLimits>;
  /** The Secret with the logins of the release's own NATS, which the controller fills; absent: it is told how to log in. */
  readonly loginSecret: string | undefined;
  /** How the release's own NATS is told which node a client is; absent: the nodes share a login there, or have none. */
  readonly nodeLogins: (NodeLoginOptions & { readonly secret: string }) | undefined;
  /** How the certificate of the release's own NATS is looked after; absent: it is not. */
  readonly certificate: CertificateOptions | undefined;
  /** Named in bundles and alerts. */
  readonly cluster: string;
  /** Where the lease lives. */
  readonly namespace: string;
  /** Who this replica is in the election: two that may run at once must differ. */
  readonly identity: string;
  readonly leaseName: string;
  /** How long the lease counts after its last renewal; the leader gives up after two thirds of it. */
  readonly leaseDurationMs: number;
  /** The Secret with the key that bundles are signed with, and the ConfigMap with the public keys, in `namespace`. */
  readonly signing: { readonly secret: string; readonly configMap: string; readonly delayMs: number };
  /** The ConfigMap with the global configuration, in `namespace`; absent: the defaults hold. */
  readonly configMap: string | undefined;
  readonly untrackedNamespaces: ReadonlySet<string>;
  /** Allow-lists permit what any program needs in order to run. */
  readonly baseAllowance: boolean;
  /** Alerts and logs are sent as JSON too. */
  readonly jsonCopies: boolean;
  /** Where alerts are sent on to. */
  readonly outputs: OutputSettings;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly http: { readonly host: string; readonly port: number };
  /** Path of a kubeconfig; absent: the pod's service account. */
  readonly kubeconfig: string | undefined;
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const required = (what: string) => z.string({ error: what }).min(1, what);

const environment = z.object({
  ...natsVariables,
  ...outputVariables,
  ...storageVariables,
  CLUSTER_NAME: z.string().min(1, 'leave it unset for "default"').default("default"),
  POD_NAMESPACE: required("set it to the controller's own namespace").regex(label, "is no name of a namespace"),
  POD_NAME: required("set it to a name that no other replica has"),
  LEASE_NAME: z.string().min(1, 'leave it unset for "portcullis-controller"').default("portcullis-controller"),
  LEASE_SECONDS: z.coerce.number({ error: "is no number of seconds" }).int().min(5).max(600).default(15),
  NATS_LOGIN_SECRET: z.string().min(1, "leave it unset where NATS_USER is given").optional(),
  NODE_LOGIN_SECRET: z.string().min(1, "leave it unset where nodes share a login").optional(),
  NODE_LOGIN_AUDIENCE: z.string().min(1).default("portcullis-nats"),
  NODE_LOGIN_ACCOUNT: z.string().min(1).default("portcullis-enforcer"),
  NATS_CERTIFICATE_ISSUER: z
    .enum(["controller", "cert-manager"], { error: "use controller or cert-manager, or leave it unset" })
    .optional(),
  NATS_CERTIFICATE_SECRET: z.string().min(1).default("portcullis-nats-tls"),
  NATS_SYSTEM_SECRET: z.string().min(1).default("portcullis-nats-system"),
  NATS_CA_CONFIG_MAP: z.string().min(1).default("portcullis-nats-ca"),
  NATS_CERTIFICATE_NAMES: z.string().default("portcullis-nats"),
  SIGNING_SECRET: z.string().min(1, 'leave it unset for "portcullis-signing-key"').default("portcullis-signing-key"),
  SIGNING_CONFIG_MAP: z
    .string()
    .min(1, 'leave it unset for "portcullis-bundle-keys"')
    .default("portcullis-bundle-keys"),
  SIGNING_DELAY_SECONDS: z.coerce.number({ error: "is no number of seconds" }).int().min(0).max(86_400).default(600),
  CONFIG_MAP: z.string().min(1, "leave it unset where nobody configures anything").optional(),
  JSON_COPIES: z.enum(["true", "false"], { error: "use true or false" }).default("true"),
  UNTRACKED_NAMESPACES: z.string().optional(),
  BASE_ALLOWANCE: z.enum(["true", "false"], { error: "use true or false" }).default("true"),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"], { error: "use debug, info, warn or error" }).default("info"),
  HTTP_ADDRESS: z
    .string()
    .regex(/^\S*:\d{1,5}$/, "is not host:port, such as 0.0.0.0:9464")
    .default("0.0.0.0:9464"),
  KUBECONFIG: z.string().optional(),
});

/** @throws ConfigError that names every variable that is wrong, its value and the remedy */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => describe(String(path[0]), message, env));
    throw new ConfigError(`the environment cannot be used: ${faults.join("; ")}`);
  }
  const values = parsed.data;
  const untracked = values.UNTRACKED_NAMESPACES ?? [...defaults.untrackedNamespaces, values.POD_NAMESPACE].join(",");
  const untrackedNamespaces = new Set(listed(untracked));
  for (const name of untrackedNamespaces) {
    if (!label.test(name)) {
      throw new ConfigError(
        `UNTRACKED_NAMESPACES: ${JSON.stringify(name)} is no name of a namespace; give names joined by commas`,
      );
    }
  }
  const separator = values.HTTP_ADDRESS.lastIndexOf(":");
  return {
    nats: natsSettings(values),
    storage: storageLimits(values),
    loginSecret: values.NATS_LOGIN_SECRET,
    nodeLogins: nodeLoginsOf(values),
    certificate: certificateOf(values),
    cluster: values.CLUSTER_NAME,
    namespace: values.POD_NAMESPACE,
    identity: values.POD_NAME,
    leaseName: values.LEASE_NAME,
    leaseDurationMs: values.LEASE_SECONDS * 1_000,
    signing: {
      secret: values.SIGNING_SECRET,
      configMap: values.SIGNING_CONFIG_MAP,
      delayMs: values.SIGNING_DELAY_SECONDS * 1_000,
    },
    configMap: values.CONFIG_MAP,
    untrackedNamespaces,
    baseAllowance: values.BASE_ALLOWANCE === "true",
    jsonCopies: values.JSON_COPIES === "true",
    outputs: outputSettings(values, (fault) => new ConfigError(`the environment cannot be used: ${fault}`)),
    logLevel: values.LOG_LEVEL,
    http: { host: values.HTTP_ADDRESS.slice(0, separator), port: Number(values.HTTP_ADDRESS.slice(separator + 1)) },
    kubeconfig: values.KUBECONFIG === "" ? undefined : values.KUBECONFIG,
  };
}

function nodeLoginsOf(values: z.infer<typeof environment>): Config["nodeLogins"] {
  const { NODE_LOGIN_SECRET: secret, NODE_LOGIN_AUDIENCE: audience, NODE_LOGIN_ACCOUNT: serviceAccount } = values;
  if (secret === undefined) return undefined;
  return { secret, audience, serviceAccount, namespace: values.POD_NAMESPACE };
}

function certificateOf(values: z.infer<typeof environment>): CertificateOptions | undefined {
  const { NATS_CERTIFICATE_ISSUER: issuer } = values;
  if (issuer === undefined) return undefined;
  return {
    issuer,
    secret: values.NATS_CERTIFICATE_SECRET,
    systemSecret: values.NATS_SYSTEM_SECRET,
    configMap: values.NATS_CA_CONFIG_MAP,
    names: listed(values.NATS_CERTIFICATE_NAMES),
    delayMs: values.SIGNING_DELAY_SECONDS * 1_000,
  };
}

/** What is joined by commas. */
const listed = (list: string): string[] =>
  list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

function describe(name: string, remedy: string, env: Readonly<Record<string, string | undefined>>): string {
  const value = env[name];
  if (value === undefined) return `${name}: is not set; ${remedy}`;
  if (value === "") return `${name}: is empty; ${remedy}`;
  return `${name}${isNatsVariable(name) || mayHoldSecret(name) ? "" : ` ${JSON.stringify(value)}`}: ${remedy}`;
}
