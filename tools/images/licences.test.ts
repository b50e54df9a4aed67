import { describe, expect, it } from "@jest/globals";
import { goComponents, licensed } from "./licences.ts";

describe("licences", () => {
  it("are added where a component has none, and left where it has one", () => {
    const [theirs, ours] = licensed([
      { name: "zlib1g", version: "1", purl: "pkg:deb/debian/zlib1g@1" },
      { name: "a", version: "1", purl: "pkg:npm/a@1", license: "ISC" },
    ]);
    expect([theirs?.license, ours?.license]).toEqual(["Zlib", "ISC"]);
  });

  it("have to be known: the message says of what and where to add it", () => {
    const unknown = { name: "zlib2", version: "1", purl: "pkg:deb/debian/zlib2@1" };
    expect(() => licensed([unknown])).toThrow(/pkg:deb\/debian\/zlib2@1.*licences\.ts/);
  });
});

describe("components of a Go program", () => {
  it("are its module, its dependencies and Go's library, with their versions", () => {
    const info =
      "/x/nats-server: go1.26.8\n\tpath\tx\n\tmod\tgithub.com/a/b/v2\tv2.14.9\th1:x=\n\tdep\tgolang.org/x/sys\tv0.49.0\th1:y=\n";
    expect(goComponents(info).map(({ purl }) => purl)).toEqual([
      "pkg:golang/github.com/a/b/v2@v2.14.9",
      "pkg:golang/golang.org/x/sys@v0.49.0",
      "pkg:golang/stdlib@1.26.8",
    ]);
  });

  it("are not made up where the output is another one", () => {
    expect(() => goComponents("nats-server: not a Go executable")).toThrow(/names no modules/);
  });
});
