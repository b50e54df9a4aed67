/**
 * The text of crds/admission/unknown-fields.yaml, made from the definitions (generate.ts writes it): admission policies that refuse a policy with a key the schema
 * does not have, and name the key. The schema alone cannot (docs/adr/0010-unknown-fields.md).
 */
import { stringify } from "yaml";

// biome-ignore lint/suspicious/noExplicitAny: a definition is data of any shape
type Data = any;

/** One step of the way from the spec down: into a key, or into every element of a list. */
type Step = { readonly key: string } | "each";
interface Place {
  readonly steps: readonly Step[];
  readonly keys: readonly string[];
}

/** Every object in the schema that says which keys it has. */
function places(schema: Data, steps: readonly Step[] = []): Place[] {
  if (schema.items) return places(schema.items, [...steps, "each"]);
  if (!schema.properties) return [];
  const inner = Object.entries(schema.properties).flatMap(([key, value]) => places(value, [...steps, { key }]));
  return [{ steps, keys: Object.keys(schema.properties) }, ...inner];
}

const list = (keys: readonly string[]): string => `[${keys.map((key) => `'${key}'`).join(", ")}]`;

/** True if every object at the place has only its keys. */
function holds(steps: readonly Step[], keys: readonly string[], value: string, depth = 0): string {
  const [step, ...rest] = steps;
  if (step === undefined) return `${value}.all(k, k in ${list(keys)})`;
  if (step === "each") return `${value}.all(e${depth}, ${holds(rest, keys, `e${depth}`, depth + 1)})`;
  const next = `${value}.${step.key}`;
  return `(!has(${next}) || ${next} == null || ${holds(rest, keys, next, depth)})`;
}

/** The keys that the object should not have, joined by commas. */
function unknown(steps: readonly Step[], keys: readonly string[], value: string, depth = 0): string {
  const [step, ...rest] = steps;
  if (step === undefined) return `${value}.filter(k, !(k in ${list(keys)})).join(', ')`;
  if (step === "each") {
    const inner = unknown(rest, keys, `e${depth}`, depth + 1);
    return `${value}.map(e${depth}, ${inner}).filter(t, t != '').join(', ')`;
  }
  const next = `${value}.${step.key}`;
  return `(has(${next}) && ${next} != null ? ${unknown(rest, keys, next, depth)} : '')`;
}

const nameOf = (steps: readonly Step[]): string =>
  steps.reduce<string>((name, step) => (step === "each" ? `${name}[]` : `${name}.${step.key}`), "spec");

/** The YAML of one admission policy and of its binding, for each definition. */
export function admissionPolicies(definitions: readonly Data[]): string {
  const head = "# Generated from the definitions in crds/; do not edit. Why: docs/adr/0010-unknown-fields.md.\n";
  const documents = definitions.flatMap((definition) => {
    const { plural, shortNames } = definition.spec.names;
    const { group } = definition.spec;
    const [version] = definition.spec.versions;
    const name = `${shortNames[0]}-unknown-fields.portcullis`;
    const validations = places(version.schema.openAPIV3Schema.properties.spec).map(({ steps, keys }) => ({
      expression: holds(steps, keys, "object.spec"),
      messageExpression: `'${nameOf(steps)} has a key that is not known: ' + ${unknown(steps, keys, "object.spec")} + '; remove or correct it'`,
    }));
    const resourceRules = [
      { apiGroups: [group], apiVersions: [version.name], operations: ["CREATE", "UPDATE"], resources: [plural] },
    ];
    const api = { apiVersion: "admissionregistration.k8s.io/v1" };
    return [
      {
        ...api,
        kind: "ValidatingAdmissionPolicy",
        metadata: { name },
        // What cannot be evaluated is let through: the controller names unknown keys in the status as well.
        spec: { failurePolicy: "Ignore", matchConstraints: { resourceRules }, validations },
      },
      {
        ...api,
        kind: "ValidatingAdmissionPolicyBinding",
        metadata: { name },
        spec: { policyName: name, validationActions: ["Deny"] },
      },
    ];
  });
  return (
    head +
    documents.map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n")
  );
}
