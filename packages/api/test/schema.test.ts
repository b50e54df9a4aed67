import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import { group, kinds, version } from "../src/names.ts";
import { type Data, definitions, samples } from "./definitions.ts";

const schemaOf = (definition: Data): Data => definition.spec.versions[0].schema.openAPIV3Schema;

/** What the API server knows beyond JSON schema. */
function validator(definition: Data) {
  const ajv = new Ajv({ strict: true, allErrors: true, strictRequired: false });
  for (const keyword of Object.keys(keywordsIn(schemaOf(definition)))) ajv.addKeyword(keyword);
  for (const format of ["int32", "int64", "date-time"]) ajv.addFormat(format, true);
  return ajv.compile(schemaOf(definition));
}

function keywordsIn(value: Data, found: Record<string, true> = {}): Record<string, true> {
  if (value === null || typeof value !== "object") return found;
  for (const [key, inner] of Object.entries(value)) {
    if (key.startsWith("x-kubernetes-")) found[key] = true;
    else keywordsIn(inner, found);
  }
  return found;
}

const validators = new Map(definitions.map((d) => [d.spec.names.kind as string, validator(d)]));

describe("the definitions", () => {
  it("are those of the kinds the project names", () => {
    const named = definitions.map((d) => [
      d.spec.names.kind,
      { plural: d.spec.names.plural, shortName: d.spec.names.shortNames[0], namespaced: d.spec.scope === "Namespaced" },
    ]);
    expect(Object.fromEntries(named)).toEqual(kinds);
    for (const definition of definitions) {
      expect(definition.spec.group).toBe(group);
      expect(definition.spec.versions.map((v: Data) => v.name)).toEqual([version]);
      expect(definition.metadata.name).toBe(`${definition.spec.names.plural}.${group}`);
    }
  });

  it("keep unknown keys in every object of the spec, so that the controller can name them", () => {
    const open = (schema: Data, at: string): string[] => {
      const inner = Object.entries(schema.properties ?? {}).flatMap(([k, v]) => open(v, `${at}.${k}`));
      const own = schema.properties && schema["x-kubernetes-preserve-unknown-fields"] !== true ? [at] : [];
      return [...own, ...inner, ...(schema.items ? open(schema.items, `${at}[]`) : [])];
    };
    for (const definition of definitions) {
      expect(open(schemaOf(definition).properties.spec, "spec")).toEqual([]);
    }
  });

  it("share one schema for what they have in common", () => {
    const [csp, hsp, ksp] = definitions.map((d) => schemaOf(d).properties);
    const { selector: _k, ...kspSpec } = ksp.spec.properties;
    const { selector: _c, ...cspSpec } = csp.spec.properties;
    const { nodeSelector: _h, device: _d, ...hspSpec } = JSON.parse(JSON.stringify(hsp.spec.properties));
    const { presets: _p, ...withoutPresets } = kspSpec;
    const text = "in the container's root";
    expect(cspSpec).toEqual(kspSpec);
    expect(JSON.stringify(hspSpec).replaceAll("in the node's root", text)).toEqual(JSON.stringify(withoutPresets));
    expect(csp.status).toEqual(ksp.status);
    expect(hsp.status).toEqual(ksp.status);
  });
});

describe("the samples", () => {
  const policies = samples.filter(({ document }) => document.apiVersion.startsWith(group));

  it.each(policies.map(({ file, document }) => [file, document]))("%s is valid", (_file, document) => {
    const validate = validators.get(document.kind);
    expect([validate?.(document), validate?.errors]).toEqual([true, null]);
  });

  it("use every key the schema has", () => {
    const used = (value: Data): string[] => {
      if (Array.isArray(value)) return value.flatMap(used);
      if (value === null || typeof value !== "object") return [];
      return Object.entries(value).flatMap(([key, inner]) => [key, ...used(inner)]);
    };
    const defined = (schema: Data): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([key, inner]: [string, Data]) => [
        key,
        ...defined(inner),
        ...(inner.items ? defined(inner.items) : []),
      ]);
    const known = new Set(policies.flatMap(({ document }) => used(document.spec)));
    const rare = ["apparmor", "subClass", "protocol", "level", "fqdn"]; // what is refused in the status is no example
    for (const definition of definitions)
      expect(defined(schemaOf(definition).properties.spec).filter((k) => !known.has(k) && !rare.includes(k))).toEqual(
        [],
      );
  });
});
