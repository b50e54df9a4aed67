/** An answer as text for people, and as JSON. */
import {
  addressText,
  type Candidate,
  capabilityName,
  type Peer,
  type Posture,
  postureKey,
  type Query,
  socketWords,
} from "@portcullis/policy";
import { matchWords, ruleWords } from "../policies/rule-words.ts";
import type { Answer, Question } from "./explain-operation.ts";

export const explainFormats = ["text", "json"] as const;
export type ExplainFormat = (typeof explainFormats)[number];

/** Where a rule stands in a file, such as `no-sleep.yaml:11`; undefined: it is from the cluster. */
export type PlaceOf = (candidate: Candidate) => string | undefined;

/** What else is worth knowing: another spelling of the name, and what it would come to. */
export interface Hint {
  readonly name: string;
  readonly outcome: Answer["outcome"];
}

export interface Report {
  readonly question: Question;
  readonly answer: Answer;
  readonly hint?: Hint | undefined;
  readonly placeOf: PlaceOf;
}

export function reportExplanation(report: Report, format: ExplainFormat): string {
  return format === "json" ? `${JSON.stringify(jsonOf(report), undefined, 2)}\n` : `${textOf(report).join("\n")}\n`;
}

const pathOf = (name: readonly string[] | undefined): string | undefined => name && `/${name.join("/")}`;

function objectOf({ socket, peer, capability, syscall, domain, path }: Query): string | undefined {
  if (domain !== undefined) return `a query for ${domain}`;
  if (syscall !== undefined) return `the system call ${syscall}${path ? ` of ${pathOf(path)}` : ""}`;
  if (socket) return `a socket of ${socketWords(socket)}${peer ? peerWords(peer) : ""}`;
  return capability === undefined ? pathOf(path) : capabilityName(capability);
}

function peerWords({ address, port, direction }: Peer): string {
  const who = addressText(address ?? 0n);
  return direction === "egress" ? ` that speaks with ${who}, port ${port}` : `, spoken with by ${who} at port ${port}`;
}

function textOf({ question, answer, hint, placeOf }: Report): string[] {
  const { query, container } = question;
  const who = `${pathOf(query.source) ?? "a program that is no source"}${query.script ? ` (script ${pathOf(query.script)})` : ""}`;
  const where = container ? ` in ${container.namespace}, container ${container.container || "(not named)"}` : "";
  const reporting =
    answer.optOut === "audited" ? ["  its pod has opted out of denials: what would be one is reported alone"] : [];
  const lost = answer.candidates.filter(({ standing }) => standing !== "decides");
  const others = answer.policies.filter(({ selects }) => !selects);
  const unbound = answer.policies
    .filter(({ selects }) => selects)
    .flatMap((policy) => policy.problems.map((problem) => ({ policy, problem })));
  return [
    `${query.access} ${objectOf(query)} by ${who}${where}: ${answer.outcome}`,
    `  decided by: ${deciding(answer, question, placeOf)}`,
    ...reporting,
    `  alerts: ${answer.alerts.length === 0 ? "none" : answer.alerts.join(", ")}`,
    ...section(
      "did not decide",
      lost.map((one) => `${placedWords(one, placeOf)}: ${one.why}`),
    ),
    ...section(
      answer.optOut === "disabled" ? "does not concern the container" : "does not select the container",
      others.map((policy) => policyWords(policy)),
    ),
    ...section(
      "not bound",
      unbound.map(({ policy, problem }) => `${policyWords(policy)}, ${problem.origin}: ${problem.message}`),
    ),
    ...(hint
      ? [`  where ${hint.name} is the same file, and in rules its name is resolved to that: ${hint.outcome}`]
      : []),
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`  ${title}:`, ...lines.map((line) => `    ${line}`)];

function deciding(answer: Answer, { query, posture, container }: Question, placeOf: PlaceOf): string {
  if (answer.decided) {
    const { why } = answer.decided;
    return `${placedWords(answer.decided, placeOf)}${why === "it decides" ? "" : `: ${why}`}`;
  }
  if (answer.optOut === "disabled") return "nothing: its pod has opted out, by its namespace's leave";
  if (answer.isUntracked) return `nothing: no policy concerns the namespace ${container?.namespace}`;
  if (answer.alerts.includes("DefaultPosture"))
    return `the posture (${modeOf(query, posture, answer)}): ${query.category} is an allow-list here, and no rule of it names this`;
  if (query.category === "syscalls") return "nothing: rules of system calls only report";
  if (!answer.isAllowList) return `no rule, and ${query.category} is no allow-list here`;
  return "no rule: only Block rules count where a file is mapped executable";
}

/** What is asked of processes is the files' posture. */
const modeOf = ({ category }: Query, posture: Posture, { optOut }: Answer) => {
  if (category === "syscalls") return "none";
  return optOut === "audited" ? "audit" : posture[postureKey(category)];
};

function placedWords(candidate: Candidate, placeOf: PlaceOf): string {
  const { rule, policy } = candidate;
  if (policy === undefined) return `the base allowance, ${matchWords(rule.match)}`;
  const place = placeOf(candidate);
  return `${ruleWords(rule)} (${policyWords(policy)}, ${rule.origin}${place ? `, ${place}` : ""})`;
}

const policyWords = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;

function jsonOf({ question, answer, hint, placeOf }: Report) {
  const { query, container, posture } = question;
  const { decided, candidates, ...rest } = answer;
  const json = (candidate: Candidate) => {
    const { rule, policy, standing, why } = candidate;
    return { policy, origin: rule.origin, place: placeOf(candidate), rule: ruleJson(rule), standing, why };
  };
  return {
    operation: operationJson(query),
    container,
    posture: modeOf(query, posture, answer),
    ...rest,
    decided: decided && json(decided),
    candidates: candidates.map(json),
    hint,
  };
}

const operationJson = ({ path, source, script, peer, ...query }: Query) => ({
  ...query,
  peer: peer && { ...peer, address: addressText(peer.address ?? 0n) },
  path: pathOf(path),
  source: pathOf(source),
  script: pathOf(script),
});

/** A rule without what is said beside it. */
function ruleJson({ id: _, policy: __, origin: ___, ...rule }: Candidate["rule"]) {
  return rule;
}
