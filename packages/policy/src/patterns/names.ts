/** What names a rule's match means: the name whose symbolic links are followed when the rule is bound, and whether a pattern can mean any. */
import type { Match, NamedMatch } from "@portcullis/model";
import { literalName, parsePattern } from "./parse.ts";
import { matchesSomeName } from "./positions.ts";

/** As written; directories end in "/". Of a pattern it is the literal beginning. */
export function nameOf(match: NamedMatch): string {
  if (match.kind === "path") return match.path;
  if (match.kind === "directory") return match.dir;
  const pattern = parsePattern(match.pattern);
  return (typeof pattern === "string" ? "" : literalName(pattern.parts)) || "/";
}

/** The name that an object is known by; undefined: it has none, as sockets, capabilities and system calls without a path, or is known by a part of it alone. */
export function namedObject(match: Match): NamedMatch | undefined {
  if (match.kind === "syscall") return match.at;
  return match.kind === "path" || match.kind === "directory" || match.kind === "pattern" ? match : undefined;
}

/** The names that stand in a rule and mean themselves, of its object and of its source; directories end in "/". A pattern has none: it may mean any. */
export function literalNames({ match, source }: { readonly match: Match; readonly source?: NamedMatch | undefined }) {
  const of = (named: NamedMatch | undefined, isSource: boolean) =>
    named === undefined || named.kind === "pattern" ? [] : [{ name: nameOf(named), isSource }];
  return [...of(namedObject(match), false), ...of(source, true)];
}

/** Why no name can match, in words that go on after the pattern itself; undefined if one can. */
export function patternFault(text: string): string | undefined {
  const pattern = parsePattern(text);
  if (typeof pattern === "string") return pattern;
  if (matchesSomeName(pattern.parts)) return undefined;
  return "can never match a name: begin it with / or **, and write one / between two components";
}
