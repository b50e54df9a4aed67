import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { kinds } from "@portcullis/api";
import { parse } from "yaml";
import {
  categoryFields,
  expressionFields,
  presetFields,
  selectorFields,
  sourceFields,
  specFields,
} from "../src/fields.ts";

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
}
const crds = join(import.meta.dirname, "../../../crds");
const sorted = (keys: readonly string[]) => [...keys].sort();

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])("the known keys of %s", (kind) => {
  const definition = parse(readFileSync(join(crds, `${kinds[kind].plural}.yaml`), "utf8"));
  const spec: Schema = definition.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  const keys = (schema: Schema | undefined) => sorted(Object.keys(schema?.properties ?? {}));

  it("are those of the spec and the selector in the schema", () => {
    expect(keys(spec)).toEqual(sorted(specFields[kind]));
    const selector = spec.properties?.[kind === "KubeArmorHostPolicy" ? "nodeSelector" : "selector"];
    expect(keys(selector)).toEqual(sorted(selectorFields[kind]));
    const expressions = selector?.properties?.matchExpressions;
    if (expressions) expect(keys(expressions.items)).toEqual(sorted(expressionFields));
    if (spec.properties?.presets) expect(keys(spec.properties.presets.items)).toEqual(sorted(presetFields));
  });

  it.each(Object.keys(categoryFields) as (keyof typeof categoryFields)[])(
    "are those of %s in the schema",
    (category) => {
      const section = spec.properties?.[category];
      if (section === undefined) return expect(specFields[kind]).not.toContain(category);
      const { own, ...lists } = categoryFields[category];
      expect(keys(section)).toEqual(sorted(own));
      for (const [list, fields] of Object.entries(lists)) {
        const entry = section.properties?.[list]?.items;
        expect([list, keys(entry)]).toEqual([list, sorted(fields)]);
        const source = entry?.properties?.fromSource;
        if (source) expect(keys(source.items)).toEqual(sorted(sourceFields));
      }
    },
  );
});
