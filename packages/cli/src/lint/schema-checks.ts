/**
 * A policy against the schema of its kind: what the API server would refuse. Unknown keys are named with the nearest known one; each other
 * fault with its field, its value and what to do.
 */
import { group, kinds, type PolicyKind, version } from "@portcullis/api";
import { nearest, pathFault } from "@portcullis/policy";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { specSchemas } from "../generated/schemas.ts";
import type { PolicyText } from "../policies/policy-text.ts";
import { type Finding, findingAt } from "./finding.ts";

type Data = Readonly<Record<string, unknown>>;
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: unknown;
}

const kindNames = Object.keys(kinds) as PolicyKind[];
const apiVersion = `${group}/${version}`;

export const isObject = (value: unknown): value is Data =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether the document is meant to be a policy. */
export function isMeantAsPolicy({ value }: PolicyText): boolean {
  if (!isObject(value)) return false;
  const { apiVersion: given, kind } = value;
  return (
    (typeof given === "string" && given.split("/")[0] === group) ||
    (typeof kind === "string" && nearest(kind, kindNames) !== undefined)
  );
}

/** The kind of a value; undefined: none of the policies'. */
const kindOf = (value: unknown): PolicyKind | undefined =>
  isObject(value) ? kindNames.find((name) => name === value.kind) : undefined;

/** Everything that the schema refuses. Empty: the value is a policy of its kind. */
export function schemaFindings(text: PolicyText): Finding[] {
  const value = text.value as Data;
  const kind = kindOf(value);
  const identity = identityFindings(text, value);
  if (kind === undefined) return identity;
  const schema: Schema = { properties: { ...topLevel, spec: specSchemas[kind] as Schema } };
  const unknown = unknownKeys(text, schema, value, "");
  const validate = validatorOf(kind);
  validate({ spec: value.spec });
  const refused = (validate.errors ?? []).flatMap((error) => findingOf(text, error));
  return [...identity, ...unknown, ...refused, ...programFindings(text, value.spec)];
}

const topLevel = { apiVersion: {}, kind: {}, metadata: {}, status: {} };

function identityFindings(text: PolicyText, value: Data): Finding[] {
  const findings: Finding[] = [];
  if (!kindNames.some((kind) => kind === value.kind)) findings.push(wrongWord(text, "kind", value.kind, kindNames));
  if (value.apiVersion !== apiVersion) findings.push(wrongWord(text, "apiVersion", value.apiVersion, [apiVersion]));
  const name = isObject(value.metadata) ? value.metadata.name : undefined;
  const isName = typeof name === "string" && /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(name);
  if (!isName)
    findings.push(
      findingAt(text, "metadata.name", "schema-violation", {
        message: `metadata.name ${shown(name)} cannot be a name`,
        remedy: "use small letters, digits, - and ., 253 characters at most",
      }),
    );
  return findings;
}

function wrongWord(text: PolicyText, key: string, value: unknown, known: readonly string[]): Finding {
  const near = typeof value === "string" ? nearest(value, known) : undefined;
  const remedy = near ? `did you mean ${near}?` : `use ${known.join(", ")}`;
  return findingAt(text, key, "unknown-kind", { message: `${key} ${shown(value)} is not known`, remedy });
}

/** `outer`: the keys of the object above. */
function unknownKeys(
  text: PolicyText,
  schema: Schema,
  value: unknown,
  origin: string,
  outer: readonly string[] = [],
): Finding[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, i) => unknownKeys(text, items, item, `${origin}[${i}]`, outer)) : [];
  }
  const { properties } = schema;
  if (!isObject(value) || properties === undefined) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = origin === "" ? key : `${origin}.${key}`;
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (known) return unknownKeys(text, known, inner, at, Object.keys(properties));
    const message = `the key "${key}" is not known in ${origin === "" ? "a policy" : origin}`;
    const remedy = keyRemedy(key, Object.keys(properties), outer, mapWithin(schema));
    return [findingAt(text, at, "unknown-key", { message, remedy })];
  });
}

/** The key of a schema's one property that holds keys of any name, such as matchLabels. */
const mapWithin = ({ properties = {} }: Schema): string | undefined =>
  Object.keys(properties).find((key) => properties[key]?.additionalProperties !== undefined);

function keyRemedy(key: string, known: readonly string[], outer: readonly string[], map: string | undefined): string {
  const near = nearest(key, known);
  if (near) return `did you mean "${near}"?`;
  if (outer.includes(key)) return "it is known one level above: indent it less";
  if (map) return `put it below ${map}, or remove it`;
  return `remove it; known here are ${known.join(", ")}`;
}

/** The document as the API server stores it: a key with nothing behind it is as good as absent. What is not known here stays. */
export function asStored(text: PolicyText): PolicyText {
  const kind = kindOf(text.value);
  if (kind === undefined) return text;
  const value = text.value as Data;
  return { ...text, value: { ...value, spec: pruned(value.spec, specSchemas[kind] as Schema) } };
}

function pruned(value: unknown, schema: Schema | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => pruned(item, schema?.items));
  if (!isObject(value)) return value;
  const properties = schema?.properties ?? {};
  const kept = Object.entries(value).filter(([key, inner]) => inner !== null || !Object.hasOwn(properties, key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, pruned(inner, properties[key])]));
}

const validators = new Map<PolicyKind, ValidateFunction>();

function validatorOf(kind: PolicyKind): ValidateFunction {
  const known = validators.get(kind);
  if (known) return known;
  const ajv = new Ajv({ strict: false, allErrors: true, verbose: true, formats: { int32: true, int64: true } });
  const made = ajv.compile({ type: "object", required: ["spec"], properties: { spec: specSchemas[kind] } });
  validators.set(kind, made);
  return made;
}

/** `/spec/process/matchPaths/0/path` as an origin. */
const originOf = (pointer: string): string =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((origin, part) => (/^\d+$/.test(part) ? `${origin}[${part}]` : origin ? `${origin}.${part}` : part), "");

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "(absent)";
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

function findingOf(text: PolicyText, error: ErrorObject): Finding[] {
  const origin = originOf(error.instancePath);
  const field = origin || "the policy";
  const value = error.data;
  const as = (says: string, remedy: string) => [
    findingAt(text, origin, "schema-violation", { message: `${field} ${shown(value)} ${says}`, remedy }),
  ];
  switch (error.keyword) {
    case "type":
      return as(`is not of the type ${error.params.type}`, typeRemedy(value, String(error.params.type)));
    case "enum": {
      const words = error.params.allowedValues as string[];
      const near = typeof value === "string" ? nearest(value, words) : undefined;
      return as("is not known", near ? `did you mean ${near}?` : `use one of ${words.join(", ")}`);
    }
    case "oneOf":
      return [sourceFinding(text, origin)];
    case "required":
      return error.schemaPath.includes("/oneOf/") ? [] : [missing(text, origin, String(error.params.missingProperty))];
    case "pattern":
      return [patternFinding(text, origin, value)];
    default:
      return as(String(error.message), "keep within the limits");
  }
}

function typeRemedy(value: unknown, type: string): string {
  if (type === "array") return "write a list, each item behind a -";
  if (type === "string") return `put it into quotes: "${String(value)}"`;
  if (type === "integer") return "give a whole number without quotes";
  if (type === "boolean") return "write true or false without quotes";
  return "write keys and values below it";
}

const sourceFinding = (text: PolicyText, origin: string): Finding =>
  findingAt(text, origin, "invalid-source", {
    message: `${origin} has both path and dir, or neither`,
    remedy: "give either path or dir",
  });

function missing(text: PolicyText, origin: string, key: string): Finding {
  const message = `${origin || "the policy"} has no ${key}`;
  return findingAt(text, origin, "schema-violation", { message, remedy: `add ${key}` });
}

function patternFinding(text: PolicyText, origin: string, value: unknown): Finding {
  const key = /(path|dir)$/.exec(origin)?.[1];
  const fault = key && typeof value === "string" ? pathFault(value, key === "dir") : undefined;
  if (fault === undefined)
    return findingAt(text, origin, "schema-violation", {
      message: `${origin} ${shown(value)} is not of the form that is known`,
      remedy: "correct the value; see the kind's reference",
    });
  const [what, remedy] = fault.split(/: (.*)/s);
  return findingAt(text, origin, "invalid-path", {
    message: `${origin} ${shown(value)} ${what}`,
    ...(remedy && { remedy }),
  });
}

/** What the schema says by rules of the API server's own: a program has one name, and a pattern can match. */
function programFindings(text: PolicyText, spec: unknown): Finding[] {
  if (!isObject(spec)) return [];
  const programs = entriesOf(spec, "process", "matchPaths").flatMap(({ entry, origin }) => {
    const [path, execname] = [entry.path !== undefined, entry.execname !== undefined];
    if (path !== execname) return [];
    const message = `${origin} has ${path ? "both path and execname" : "neither path nor execname"}`;
    return [findingAt(text, origin, "invalid-path", { message, remedy: "give one of the two" })];
  });
  const patterns = ["process", "file"].flatMap((category) => entriesOf(spec, category, "matchPatterns"));
  const hopeless = patterns.flatMap(({ entry, origin }) => {
    if (typeof entry.pattern !== "string" || entry.pattern === "" || /^[/*{[]/.test(entry.pattern)) return [];
    const message = `${origin}.pattern ${shown(entry.pattern)} can never match an absolute path`;
    return [findingAt(text, `${origin}.pattern`, "invalid-path", { message, remedy: "begin it with / or **" })];
  });
  return [...programs, ...hopeless];
}

/** The entries of a list of a category that are objects, with their origin. */
export function entriesOf(spec: Data, category: string, list: string): { entry: Data; origin: string }[] {
  const section = spec[category];
  const entries = isObject(section) ? section[list] : undefined;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown, i) =>
    isObject(entry) ? [{ entry, origin: `spec.${category}.${list}[${i}]` }] : [],
  );
}
