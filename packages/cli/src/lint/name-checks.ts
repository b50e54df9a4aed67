/** Names that are probably not what was meant: globs where names stand for themselves, directories as paths, sources that never act. */
import { conditionsOf, looksLikePattern } from "@portcullis/policy";
import type { PolicyText } from "../policies/policy-text.ts";
import { nameOfMatch, ruleWords } from "../policies/rule-words.ts";
import { type Finding, findingAt } from "./finding.ts";
import type { LintedPolicy, LoweredRule } from "./linted-policy.ts";
import { entriesOf, isObject } from "./schema-checks.ts";

/** A name at a place of a policy. */
interface Name {
  readonly origin: string;
  readonly key: "path" | "dir";
  readonly value: string;
  readonly isSource: boolean;
}

/** What Linux systems have as directories, by the File Hierarchy Standard. */
const directories = new Set(
  "/ /bin /boot /dev /dev/shm /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin /usr/include /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/sbin /usr/share /usr/src /var /var/cache /var/lib /var/lock /var/log /var/mail /var/opt /var/run /var/spool /var/tmp".split(
    " ",
  ),
);

/** Globs and directories where a path is meant. */
export function nameFindings(text: PolicyText): Finding[] {
  return namesIn(text).flatMap(({ origin, key, value, isSource }) => {
    const at = `${origin}.${key}`;
    const shown = `${at} ${JSON.stringify(value)}`;
    if (looksLikePattern(value)) {
      const message = `${shown} has a character of patterns, which stands for itself here`;
      const remedy = isSource
        ? "name each program: sources are no patterns"
        : "use matchPatterns if a pattern was meant";
      return [findingAt(text, at, "glob-in-path", { message, remedy })];
    }
    if (key !== "path" || !directories.has(value)) return [];
    const remedy = isSource ? `use dir: ${value}/` : `use matchDirectories with dir: ${value}/`;
    const code = isSource ? "source-cannot-act" : "directory-as-path";
    return [findingAt(text, at, code, { message: `${shown} names a directory`, remedy })];
  });
}

function namesIn({ value }: PolicyText): Name[] {
  const spec = isObject(value) && isObject(value.spec) ? value.spec : {};
  const lists = Object.entries(spec).flatMap(([category, section]) =>
    isObject(section) ? Object.keys(section).flatMap((list) => entriesOf(spec, category, list)) : [],
  );
  return lists.flatMap(({ entry, origin }) => {
    const sources = Array.isArray(entry.fromSource) ? entry.fromSource : [];
    return [
      ...named(entry, origin, false),
      ...sources.flatMap((source: unknown, i) =>
        isObject(source) ? named(source, `${origin}.fromSource[${i}]`, true) : [],
      ),
    ];
  });
}

const named = (entry: Readonly<Record<string, unknown>>, origin: string, isSource: boolean): Name[] =>
  (["path", "dir"] as const).flatMap((key) => {
    const value = entry[key];
    return typeof value === "string" ? [{ origin, key, value, isSource }] : [];
  });

/** Where nothing can be executed: what lies there are no files with programs in them. */
const withoutPrograms = /^\/(proc|sys|dev)\//;

/** Rules of a source that no process can be. */
export function sourceFindings(policy: LintedPolicy): Finding[] {
  const blocked = policy.rules.filter(isPlainBlock);
  return policy.rules.flatMap((rule) => {
    const { source } = rule;
    if (source?.kind !== "path") return [];
    const why = (says: string) => [
      findingAt(policy, rule.origin, "source-cannot-act", { message: `${rule.origin} (${ruleWords(rule)}): ${says}` }),
    ];
    if (withoutPrograms.test(source.path))
      return why(`nothing below ${source.path.split("/", 2).join("/")}/ is a program`);
    const block = blocked.find(({ match }) => nameOfMatch(match) === source.path);
    return block ? why(`${block.origin} (${ruleWords(block)}) lets nobody execute ${source.path}`) : [];
  });
}

/** Nobody executes this program, whoever asks. */
const isPlainBlock = (rule: LoweredRule): boolean =>
  rule.category === "process" &&
  rule.action === "block" &&
  rule.match.kind === "path" &&
  rule.source === undefined &&
  conditionsOf(rule) === 0;
