/** `portcullis explain`: the question from the command line, the policies from files or from a cluster, the answer. */
import { type AnyPolicy, defaults } from "@portcullis/api";
import {
  addressIn,
  type Candidate,
  capabilitiesIn,
  type Peer,
  type Posture,
  pathFault,
  protocolsIn,
  type Query,
  socketOf,
  syscallsIn,
} from "@portcullis/policy";
import { PolicyRefusedError, UsageError } from "../errors.ts";
import { asStored, isMeantAsPolicy, schemaFindings } from "../lint/schema-checks.ts";
import { listed, oneOf, readOptions } from "../options.ts";
import { type PolicyText, readPolicyTexts } from "../policies/policy-text.ts";
import { readTextFiles } from "../policies/text-files.ts";
import type { Output } from "../run.ts";
import { type Answer, type Container, explainOperation, type Question } from "./explain-operation.ts";
import { explainFormats, type Hint, type PlaceOf, reportExplanation } from "./report.ts";

const options = {
  process: { type: "string" },
  map: { type: "boolean", default: false },
  arg: { type: "string", multiple: true },
  file: { type: "string" },
  write: { type: "boolean", default: false },
  network: { type: "string" },
  address: { type: "string" },
  ingress: { type: "boolean", default: false },
  dns: { type: "string" },
  capability: { type: "string" },
  syscall: { type: "string" },
  source: { type: "string" },
  script: { type: "string" },
  owner: { type: "boolean", default: false },
  tty: { type: "boolean", default: false },
  policy: { type: "string", multiple: true, default: [] as string[] },
  namespace: { type: "string" },
  labels: { type: "string", multiple: true },
  container: { type: "string" },
  host: { type: "boolean", default: false },
  posture: { type: "string", default: defaults.posture as string },
  pod: { type: "string" },
  kubeconfig: { type: "string" },
  untracked: { type: "string", multiple: true },
  "opt-out": { type: "string" },
  "no-base-allowance": { type: "boolean", default: false },
  format: { type: "string", default: "text" },
} as const;

type Values = ReturnType<typeof readOptions<typeof options>>["values"];

/** Returns the exit status. Throws the errors of errors.ts. */
export async function explainCommand(args: readonly string[], { out }: Output): Promise<number> {
  const { values, positionals } = readOptions(args, options);
  const format = oneOf("--format", values.format, explainFormats);
  const query = queryOf(values);
  // A list behind --policy reads well, and there is nothing else that it could be.
  const files = [...values.policy, ...positionals];
  if (files.length === 0 && values.pod === undefined)
    throw new UsageError("explain: name policies by --policy, or --pod");
  const texts = policyTexts(files);
  const baseAllowance = !values["no-base-allowance"];
  const question = { query, baseAllowance, ...(await askedOf(values, texts)) };
  const answer = explainOperation(question);
  out(reportExplanation({ question, answer, hint: hintOf(question, answer), placeOf: placesIn(texts) }, format));
  return answer.outcome === "denied" ? 1 : 0;
}

/** Throws UsageError unless one operation is asked about, with the options that belong to it. */
function checkAsked(values: Values): void {
  const { process: program, file, network, dns, capability, syscall } = values;
  const asked = [program, syscall === undefined ? file : undefined, network, dns, capability, syscall];
  if (asked.filter((one) => one !== undefined).length !== 1)
    throw new UsageError("explain: give one of --process, --file, --network, --dns, --capability and --syscall");
  if ((program === undefined && values.map) || (file === undefined && values.write))
    throw new UsageError("explain: --map belongs to --process, --write to --file");
  if ((values.address !== undefined && network === undefined) || (values.ingress && values.address === undefined))
    throw new UsageError("explain: --address belongs to --network, --ingress to --address");
  if (values.arg !== undefined && (program === undefined || values.map))
    throw new UsageError("explain: --arg belongs to --process without --map, which starts the program");
}

function queryOf(values: Values): Query {
  checkAsked(values);
  const { process: program, file, network, dns, capability, syscall } = values;
  const who = {
    source: nameOf("--source", values.source),
    script: nameOf("--script", values.script),
    isOwner: values.owner,
    hasTerminal: values.tty,
  };
  if (program !== undefined)
    return {
      ...{ category: "process", access: values.map ? "map" : "exec", path: nameOf("--process", program), ...who },
      ...(values.arg && { args: values.arg }),
    };
  const use = { access: "use", path: undefined, ...who } as const;
  if (network !== undefined)
    return {
      ...{ category: "network", socket: socketOf(only("--network", network, protocolsIn)), ...use },
      ...(values.address !== undefined && { peer: peerIn(values.address, values.ingress) }),
    };
  if (dns !== undefined) return { category: "dns", domain: domainOf(dns), ...use };
  if (capability !== undefined)
    return { category: "capabilities", capability: only("--capability", capability, capabilitiesIn), ...use };
  if (syscall !== undefined) {
    const names = syscallsIn([syscall]);
    if (typeof names === "string") throw new UsageError(`--syscall ${names}`);
    return { category: "syscalls", syscall, ...use, path: nameOf("--file", file) };
  }
  return { category: "file", access: values.write ? "write" : "read", path: nameOf("--file", file), ...who };
}

/** `10.0.0.1:443`, `[fd00::1]:443`, or an address alone. */
function peerIn(text: string, isIngress: boolean): Peer {
  const [, bare, bracketed, port = "0"] = /^(?:([\d.]+)|\[([^\]]+)\])(?::(\d+))?$/.exec(text) ?? [];
  const whole = addressIn(text);
  const address = whole ?? addressIn(bare ?? bracketed ?? "");
  const number = whole === undefined ? Number(port) : 0;
  if (address === undefined || number > 65_535)
    throw new UsageError(`--address ${JSON.stringify(text)}: write it as 10.0.0.1:443 or [fd00::1]:443`);
  return { address, port: number, direction: isIngress ? "ingress" : "egress" };
}

/** A name that is asked for, which may be longer than what rules name. */
function domainOf(name: string): string {
  const domain = name.replace(/\.$/, "");
  if (domain === "" || domain.length > 253 || domain.split(".").includes(""))
    throw new UsageError(`--dns ${JSON.stringify(name)}: give a name of DNS`);
  return domain;
}

/** The one thing that the option names. */
function only<T>(option: string, text: string, read: (text: string) => readonly T[] | string): T {
  const found = read(text);
  const [first, ...others] = typeof found === "string" ? [] : found;
  if (first === undefined || others.length > 0) throw new UsageError(`${option} ${text}: name one, as policies do`);
  return first;
}

function nameOf(option: string, name: string | undefined): string[] | undefined {
  if (name === undefined) return undefined;
  const fault = pathFault(name, true);
  if (fault !== undefined) throw new UsageError(`${option} ${JSON.stringify(name)} ${fault}`);
  return name.split("/").filter((component) => component !== "");
}

/** The policies of the files. Throws PolicyRefusedError for one that no API server takes. */
function policyTexts(files: readonly string[]): PolicyText[] {
  const texts = readTextFiles(files).flatMap(readPolicyTexts).map(asStored);
  for (const text of texts) {
    const fault = text.faults[0];
    if (fault) throw refused(text, fault.place.line, fault.message);
    const finding = isMeantAsPolicy(text) ? schemaFindings(text)[0] : undefined;
    if (finding) throw refused(text, finding.line, `${finding.message}: ${finding.remedy}`);
  }
  const policies = texts.filter(isMeantAsPolicy);
  if (files.length > 0 && policies.length === 0) throw new PolicyRefusedError(`no policy in ${files.join(", ")}`);
  return policies;
}

const refused = ({ file }: PolicyText, line: number, why: string) =>
  new PolicyRefusedError(`${file}:${line}: ${why}; portcullis lint says everything`);

async function askedOf(values: Values, texts: readonly PolicyText[]): Promise<Omit<Question, "query">> {
  const mode = oneOf("--posture", values.posture, ["audit", "block"] as const);
  const posture: Posture = { file: mode, network: mode, capabilities: mode };
  const policies = texts.map(({ value }) => value as AnyPolicy);
  const untracked = values.untracked ? listed(values.untracked) : defaults.untrackedNamespaces;
  const asked = values["opt-out"];
  const optOut = asked === undefined ? undefined : oneOf("--opt-out", asked, ["disabled", "audited"] as const);
  if (optOut && (values.host || values.pod !== undefined))
    throw new UsageError("explain: --opt-out belongs to a container that is described; of a pod the cluster says it");
  if (values.host) return { policies, host: hostOf(values), posture };
  if (values.pod === undefined) return { policies, container: containerOf(values), posture, untracked, optOut };
  // The client is loaded only where a cluster is asked.
  const { readFromCluster } = await import("./cluster.ts");
  const found = await readFromCluster({
    pod: podOf(values.pod, values.namespace),
    container: values.container,
    kubeconfig: values.kubeconfig,
    posture,
  });
  const own = new Set(policies.map(identity));
  const others = found.policies.filter((policy) => !own.has(identity(policy)));
  return { ...found, policies: [...others, ...policies], untracked };
}

const identity = ({ kind, metadata }: AnyPolicy): string => JSON.stringify([kind, metadata?.namespace, metadata?.name]);

function podOf(pod: string, namespace = "default") {
  const parts = pod.split("/");
  if (parts.length > 2 || parts.includes("")) throw new UsageError(`--pod ${pod}: write it as namespace/name`);
  return parts.length === 2
    ? { namespace: parts[0] as string, name: parts[1] as string }
    : { namespace, name: parts[0] as string };
}

/** The container that the options describe; undefined: none, so that every policy counts. */
function containerOf({ namespace, labels, container }: Values): Container | undefined {
  if (namespace === undefined && labels === undefined && container === undefined) return undefined;
  return { namespace: namespace ?? "default", labels: labelsOf(labels), container: container ?? "" };
}

function hostOf({ namespace, labels, container, pod }: Values): Question["host"] {
  if ([namespace, container, pod].some((one) => one !== undefined))
    throw new UsageError("explain: --host is about no container: leave out --namespace, --container and --pod");
  return { labels: labels && labelsOf(labels) };
}

function labelsOf(labels: readonly string[] | undefined): Record<string, string> {
  const pairs = listed(labels).map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--labels ${pair}: write each as key=value`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(pairs);
}

/** Systems have /bin as a link to /usr/bin, or not; here nobody knows. If the other spelling decides otherwise, that is worth a line. */
function hintOf(question: Question, answer: Answer): Hint | undefined {
  const [first = "", ...rest] = question.query.path ?? [];
  const places = ["bin", "sbin", "lib", "lib64"];
  const other = places.includes(first)
    ? ["usr", first, ...rest]
    : first === "usr" && places.includes(rest[0] ?? "")
      ? rest
      : undefined;
  if (other === undefined) return undefined;
  const { outcome } = explainOperation({ ...question, query: { ...question.query, path: other } });
  return outcome === answer.outcome ? undefined : { name: `/${other.join("/")}`, outcome };
}

function placesIn(texts: readonly PolicyText[]): PlaceOf {
  const byKey = new Map(texts.map((text) => [keyOf(text.value as AnyPolicy), text]));
  return ({ policy, rule }: Candidate) => {
    const text = policy && byKey.get(JSON.stringify([policy.kind, policy.namespace, policy.name]));
    return text && `${text.file}:${text.at(rule.origin).line}`;
  };
}

const keyOf = ({ kind, metadata }: AnyPolicy): string =>
  JSON.stringify([kind, kind === "KubeArmorPolicy" ? (metadata?.namespace ?? "default") : "", metadata?.name]);
