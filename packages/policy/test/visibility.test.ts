import { describe, expect, it } from "@jest/globals";
import { resolveVisibility } from "../src/rule-set/visibility.ts";

const annotated = (value: string) => ({ "kubearmor-visibility": value });

describe("visibility", () => {
  it.each([
    ["categories in any order, with spaces", " file,process , Network ", ["process", "file", "network"]],
    ["one category", "capabilities", ["capabilities"]],
    ["none", "none", []],
    ["nothing", "", []],
    ["a category beside none", "none,file", ["file"]],
  ])("is what the annotation says: %s", (_, value, visible) => {
    expect(resolveVisibility(annotated(value), ["process"])).toEqual({ visible, invalid: [] });
  });

  it("is that of the global configuration without the annotation", () => {
    expect(resolveVisibility(undefined, ["network"])).toEqual({ visible: ["network"], invalid: [] });
    expect(resolveVisibility({ other: "file" }, [])).toEqual({ visible: [], invalid: [] });
  });

  it("names what cannot be told, and the rest holds", () => {
    const { visible, invalid } = resolveVisibility(annotated("process,dns,ima"), []);
    expect(visible).toEqual(["process"]);
    expect(invalid).toMatchObject([{ annotation: "kubearmor-visibility", value: "process,dns,ima" }]);
    expect(invalid[0]?.message).toContain("dns, ima cannot be told");
    expect(invalid[0]?.message).toContain("only process is visible");
    expect(resolveVisibility(annotated("all"), ["file"])).toMatchObject({ visible: [], invalid: [{ value: "all" }] });
  });
});
