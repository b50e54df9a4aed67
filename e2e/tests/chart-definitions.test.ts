/** Promise: the chart installs the definitions and admission policies of crds/, unchanged. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, jest } from "@jest/globals";
import { repository } from "@portcullis/tools/setup";
import { parse } from "yaml";
import { chart, type Rendered, render } from "./rendered-chart.ts";

jest.setTimeout(60_000);

describe("the definitions in the chart", () => {
  it("are those of the repository", () => {
    const files = (dir: string) =>
      readdirSync(dir)
        .filter((name) => name.endsWith(".yaml"))
        .map((name) => [name, readFileSync(join(dir, name), "utf8")]);
    expect(files(join(chart, "files/generated/crds"))).toEqual(files(join(repository, "crds")));
    expect(readFileSync(join(chart, "files/generated/admission.yaml"), "utf8")).toBe(
      readFileSync(join(repository, "crds/admission/unknown-fields.yaml"), "utf8"),
    );
  });

  it("are rendered unchanged, and kept when the release is removed", () => {
    const definitions = render().filter(({ kind }) => kind === "CustomResourceDefinition");
    expect(definitions.map(({ metadata }) => metadata.name.split(".")[0]).sort()).toEqual([
      "kubearmorclusterpolicies",
      "kubearmorhostpolicies",
      "kubearmorpolicies",
    ]);
    for (const { metadata, spec } of definitions) {
      expect(metadata.annotations).toMatchObject({ "helm.sh/resource-policy": "keep" });
      const source = readFileSync(join(repository, "crds", `${metadata.name.split(".")[0]}.yaml`), "utf8");
      expect(spec).toEqual((parse(source, { maxAliasCount: -1 }) as Rendered).spec);
    }
  });

  it("and the admission policies are left out when they are managed elsewhere", () => {
    const kinds = render("crds.install=false", "admission.install=false").map(({ kind }) => kind);
    expect(kinds).not.toContain("CustomResourceDefinition");
    expect(kinds).not.toContain("ValidatingAdmissionPolicy");
    const present = render().map(({ kind }) => kind);
    expect(present.filter((kind) => kind === "ValidatingAdmissionPolicy")).toHaveLength(3);
    expect(present.filter((kind) => kind === "ValidatingAdmissionPolicyBinding")).toHaveLength(3);
  });
});
