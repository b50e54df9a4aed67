/** The checks of lint: stable codes, listed in docs/lint.md with what each means. */

/** An error: the policy is refused, or does not do what it says. A warning: it may not. A note: worth knowing, no fault. */
export type Severity = "error" | "warning" | "note";

interface Check {
  readonly severity: Severity;
  /** One line: what a finding of it says. */
  readonly title: string;
  /** What to do, where a finding does not say it more exactly. */
  readonly remedy: string;
}

export const checks = {
  "yaml-syntax": {
    severity: "error",
    title: "The text is not YAML.",
    remedy: "correct the text; nothing of this document was checked further",
  },
  "duplicate-key": {
    severity: "error",
    title: "A key stands twice in one object; the last one would hold, and the API server refuses both.",
    remedy: "keep one of them, or merge their values",
  },
  tab: {
    severity: "error",
    title: "A tab stands where YAML allows only spaces.",
    remedy: "replace the tab by spaces",
  },
  "unknown-kind": {
    severity: "error",
    title: "The object is of the policies' group, but of no kind or version that there is.",
    remedy: "correct apiVersion or kind",
  },
  "unknown-key": {
    severity: "error",
    title: "The key is not known at this place; the API server refuses the policy.",
    remedy: "remove or correct the key",
  },
  "schema-violation": {
    severity: "error",
    title: "A value is not what the schema asks for.",
    remedy: "correct the value",
  },
  "invalid-path": {
    severity: "error",
    title: "A path, dir or pattern can match no file.",
    remedy: "give an absolute name such as /etc/passwd",
  },
  "invalid-source": {
    severity: "error",
    title: "A fromSource cannot be understood.",
    remedy: "give either path or dir",
  },
  "invalid-selector": {
    severity: "error",
    title: "The selector cannot be understood; the policy selects nothing.",
    remedy: "correct the selector",
  },
  contradiction: {
    severity: "error",
    title: "The same thing is both allowed and blocked; Block decides.",
    remedy: "remove one of the two rules",
  },
  "duplicate-policy": {
    severity: "warning",
    title: "Two documents are the same policy; the one that is applied last replaces the other.",
    remedy: "give one of them another name",
  },
  "duplicate-rule": {
    severity: "warning",
    title: "The same rule stands twice.",
    remedy: "remove one of the two rules",
  },
  "shadowed-rule": {
    severity: "warning",
    title: "Another rule always decides before this one.",
    remedy: "remove the rule, or make it differ in its object or source",
  },
  "glob-in-path": {
    severity: "warning",
    title: "A glob character in path or dir stands for itself.",
    remedy: "use matchPatterns if a pattern was meant",
  },
  "directory-as-path": {
    severity: "warning",
    title: "A path names a directory, so that the rule does not cover what is in it.",
    remedy: "use matchDirectories",
  },
  "source-cannot-act": {
    severity: "warning",
    title: "No program of that name can run, so that the rule never counts.",
    remedy: "name the executable of the program",
  },
  "blocks-root": {
    severity: "warning",
    title: "A rule blocks the whole file system.",
    remedy: "block the directories that are meant, or write an allow-list",
  },
  "blocks-loader": {
    severity: "warning",
    title: "A rule blocks the dynamic loader or the C library, without which hardly any program starts.",
    remedy: "set readOnly: true if writing is to be blocked, or name what is meant",
  },
  "blocks-base": {
    severity: "warning",
    title: "A rule blocks what any program may need in order to run.",
    remedy: "set readOnly: true if writing is to be blocked, or name what is meant",
  },
  "allow-list-incomplete": {
    severity: "warning",
    title: "An allow-list allows what a program does, but not the program.",
    remedy: "allow the program too, or drop fromSource",
  },
  "allow-list-lookups": {
    severity: "note",
    title: "An allow-list of files has not what programs read in order to look up hosts and users.",
    remedy: "allow the files if the container's programs look up names",
  },
  "allow-list": {
    severity: "note",
    title: "The policy makes a category of its containers an allow-list.",
    remedy: "expect the namespace's posture to decide over everything that no rule names",
  },
  "not-enforced": {
    severity: "warning",
    title: "A part of the policy cannot be enforced yet.",
    remedy: "remove the part, or do not rely on it",
  },
  "no-rules": {
    severity: "warning",
    title: "The policy has no rule, or the file has no policy.",
    remedy: "add a rule, or remove the file",
  },
} as const satisfies Record<string, Check>;

export type CheckCode = keyof typeof checks;
