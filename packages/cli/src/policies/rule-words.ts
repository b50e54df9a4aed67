/** A rule in a few words, as findings and explanations name it. */
import type { AddressMatch, Match, PresetName, Rule } from "@portcullis/model";
import { capabilityName } from "@portcullis/policy";

/** `Block /etc/passwd from /bin/cat, readOnly`. */
export function ruleWords(rule: Omit<Rule, "id" | "policy">): string {
  const action = `${rule.action[0]?.toUpperCase()}${rule.action.slice(1)}`;
  const conditions = [
    rule.readOnly && "readOnly",
    rule.ownerOnly && "ownerOnly",
    rule.noTerminal && "pts: false",
    rule.allowedArgs && `allowedArgs ${JSON.stringify(rule.allowedArgs)}`,
  ];
  const source = rule.source ? ` from ${matchWords(rule.source)}` : "";
  return [`${action} ${matchWords(rule.match)}${source}`, ...conditions.filter(Boolean)].join(", ");
}

/** The name, as the policy writes it; of a directory that is meant to any depth, with two stars. */
export function matchWords(match: Match): string {
  return match.kind === "directory" && match.recursive ? `${match.dir}**` : nameOfMatch(match);
}

/** The name, as the policy writes it; of a capability, the kernel's. */
export function nameOfMatch(match: Match): string {
  switch (match.kind) {
    case "path":
      return match.path;
    case "directory":
      return match.dir;
    case "pattern":
      return match.pattern;
    case "execname":
      return match.name;
    case "fileless":
      return "programs without a name";
    case "preset":
      return presetWords[match.preset];
    case "protocol":
      return match.protocol;
    case "domain":
      return match.domain;
    case "address":
      return addressWords(match);
    case "capability":
      return capabilityName(match.capability);
    case "syscall":
      return match.at === undefined ? match.syscall : `${match.syscall} of ${matchWords(match.at)}`;
  }
}

/** `ingress 10.0.0.0/8 tcp 80-90`; egress is not said. */
function addressWords({ cidr, direction, protocol, ports }: AddressMatch): string {
  const range = ports && (ports.first === ports.last ? `${ports.first}` : `${ports.first}-${ports.last}`);
  return [direction === "ingress" && direction, cidr, protocol, range].filter(Boolean).join(" ");
}

const presetWords: Readonly<Record<PresetName, string>> = {
  anonymousMapExec: "code that is of no file",
  exec: "programs executed on entering with a terminal",
  imageOnly: "programs that are not of the image",
  protectEnv: "the environment of other processes",
  protectProc: "other processes in /proc",
};
