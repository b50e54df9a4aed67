import { describe, expect, it } from "@jest/globals";
import { allowList, containerDefault } from "./apparmor-profiles.ts";
import { namesOf, type Target } from "./operations.ts";
import { planOf } from "./plan.ts";
import { type EngineRow, rows } from "./rows.ts";
import { choices, SelectionError, selectionOf } from "./selection.ts";

const planned = (...args: string[]): string[] => {
  const selection = selectionOf(args);
  if (typeof selection === "string") throw new Error(selection);
  return planOf(selection.rows, selection.calls).trim().split("\n");
};

const index = (name: string): number => rows.findIndex((row) => row.name === name);

describe("what is measured", () => {
  it("is each operation of each row that is about it, those on names on both file systems", () => {
    const measured = planned().filter((line) => line.startsWith("measure "));
    const count = (about: "names" | "sockets" | undefined) => rows.filter((row) => row.about === about).length;
    const wanted = count(undefined) * (5 * 2 + 5) + count("names") * 5 * 2 + count("sockets") * 4;
    expect(measured).toHaveLength(wanted);
    expect(new Set(measured.map((line) => line.split(" ").slice(1, 4).join(" "))).size).toBe(wanted);
    expect(measured.filter((line) => line.includes(" connect lo "))).toHaveLength(count(undefined) + count("sockets"));
  });

  it("is measured with one thing in force at a time: nothing, Landlock, AppArmor, the engine, empty programs", () => {
    const steps = planned("--operations", "rename").map((line) => line.split(" ").slice(0, 2).join(" "));
    const at = (step: string): number => steps.indexOf(step);
    expect(at(`measure ${index("no BPF")}`)).toBe(0);
    const order = [
      `measure ${index("Landlock, 1 rule")}`,
      `load_profile ${index("AppArmor, container default")}`,
      "remove_profile",
      "load_engine",
      `bind ${index("not a subject")}`,
      "remove_engine",
      "attach_empty_programs",
      `measure ${index("limit: an empty program on the same hooks")}`,
    ].map(at);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  it("is done by a process of the host, by a container that nobody bound, and by one that is bound", () => {
    const how = (name: string): string | undefined =>
      planned("--operations", "open+close").find((line) => line.startsWith(`measure ${index(name)} open+close tmpfs `));
    expect(how("not a subject")).toContain(" plain /run/bench/workload open 3000 /lab/a/b/c/d/file");
    expect(how("container, no policy")).toContain(" contained free /run/bench/workload ");
    expect(how("subject, rules elsewhere")).toContain(" contained bound /run/bench/workload ");
  });
});

describe("the rules of a row", () => {
  const target: Target = { operation: "rename", place: "tmpfs" };
  const rulesOf = (name: string) => (rows[index(name)] as EngineRow).rules(target).rules;
  const pathsOf = (name: string) =>
    rulesOf(name).flatMap(({ match, category }) => (match.kind === "path" && category === "file" ? [match.path] : []));

  it("name all that the operation touches where it is matched to the last component", () => {
    expect(namesOf(target)).toEqual(["/lab/a/b/c/d/old", "/lab/a/b/c/d/old-2"]);
    expect(pathsOf("subject, matched to the last component")).toEqual(namesOf(target));
  });

  it.each([1, 100, 1000, 10_000])("are %d names a category, the object's among them", (count) => {
    const paths = pathsOf(`subject, ${count} rule${count === 1 ? "" : "s"}`);
    expect(new Set(paths).size).toBe(count);
    expect(paths[0]).toBe("/lab/a/b/c/d/old");
  });

  it("allow the owner what they name, and never the name of the operation elsewhere", () => {
    const concerned = rulesOf("subject, 1 rule");
    expect(concerned.every(({ ownerOnly }) => ownerOnly)).toBe(true);
    expect(pathsOf("subject, rules elsewhere").some((path) => path.startsWith("/lab"))).toBe(false);
  });

  it("are as many patterns as it says, those of the object's names among them, and a hundred ranges beside the one of the peer", () => {
    const written = rulesOf("subject, 200 patterns").map(({ match }) => match.kind === "pattern" && match.pattern);
    expect(written).toHaveLength(400);
    expect(written.slice(0, 4)).toEqual([
      "/lab/a/b/c/d/?l*",
      "/lab/a/b/c/d/?l*",
      "/lab/a/b/c/d/?ld-*",
      "/lab/a/b/c/d/?ld-*",
    ]);
    expect(rulesOf("subject, matched by address")).toHaveLength(202);
  });

  it("of AppArmor are the default of a container, and an allow-list of as many neighbours as it says", () => {
    expect(containerDefault()).toContain("  file,\n");
    expect(allowList(1000).match(/^ {2}\/(?:lab|ovl)\/a\/b\/c\/d\/file-\d+ r,$/gm)).toHaveLength(2000);
    expect(allowList(1)).toContain("  /ovl/a/b/c/d/folder/ rw,\n");
  });
});

describe("a part of the bench", () => {
  it("is chosen by parts of the rows' names, and by operations; no BPF always belongs to it", () => {
    const measured = planned(
      "--rows",
      "not a subject",
      "--rows",
      "limit",
      "--operations",
      "fork+exec",
      "--repeat",
      "0.5",
    );
    const counted = measured
      .filter((line) => line.startsWith("measure "))
      .map((line) => line.split(" ").slice(1).join(" "));
    expect(counted).toHaveLength(6);
    expect(counted[0]).toBe("0 fork+exec tmpfs plain /run/bench/workload exec 120 /lab/a/b/c/d/true");
  });

  it("is known to be one", () => {
    const isComplete = (...args: string[]) => (selectionOf(args) as { isComplete: boolean }).isComplete;
    expect([isComplete(), isComplete("--kernels", "6.12"), isComplete("--rows", "subject")]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    [["--rows", "nothing like it"], "no row has that in its name"],
    [["--operations", "open"], "there are open+close, fork+exec"],
    [["--kernels", "5.15"], "there are 6.12, 6.1"],
    [["--repeat", "0.05"], "a number from 0.1 on"],
    [["--colour"], "--colour"],
  ])("that there is not, %j, is refused with what there is", (args, message) => {
    expect(() => selectionOf(args)).toThrow(SelectionError);
    expect(() => selectionOf(args)).toThrow(message);
  });

  it("can be looked for", () => {
    expect([selectionOf(["--help"]), selectionOf(["--list"])]).toEqual(["help", "list"]);
    expect(choices()).toContain("  subject, rules elsewhere\n");
  });
});
