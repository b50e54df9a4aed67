import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { packageFolder, portcullis } from "./command.ts";

const text = readFileSync(join(packageFolder, "README.md"), "utf8");
/** Each example: the command line behind `$ portcullis`, and what it prints. */
const examples = [...text.matchAll(/```console\n\$ portcullis (.*)\n([\s\S]*?)```/g)].map(
  ([, args = "", printed = ""]) => [args, printed] as const,
);

describe("the examples of the README", () => {
  it("are there", () => expect(examples.length).toBeGreaterThanOrEqual(4));

  it.each(examples)("portcullis %s prints what it says", async (args, printed) => {
    const { stdout, stderr } = await portcullis(args.split(" "));
    expect(stdout + stderr).toBe(printed);
  });
});
