/** What the bench needs of set-up besides guests and images: AppArmor's parser, unpacked beside the system and run in the guest. */
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Artifacts, fetchOnly, type Step } from "@portcullis/tools/setup";

/** It needs only the C library, which the guests' root has. */
export const appArmorParser = ({ cache }: Artifacts): string => join(cache, "apparmor", "apparmor_parser");

const parserStep: Step = {
  id: "apparmor-parser",
  title: "unpack AppArmor's parser",
  needs: ["debian-packages"],
  seconds: 5,
  diskMiB: 5,
  inputs: ["e2e/bench/bench-steps.ts"],
  outputs: (artifacts) => [appArmorParser(artifacts)],
  async run(context) {
    const parser = appArmorParser(context.artifacts);
    const tree = join(dirname(parser), "tree.new");
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(tree, { recursive: true });
    const [deb] = await fetchOnly(context, "trixie", ["apparmor"]);
    await context.exec("dpkg-deb", ["-x", deb!.path, tree]);
    copyFileSync(join(tree, "usr/sbin/apparmor_parser"), parser);
    chmodSync(parser, 0o755);
    rmSync(tree, { recursive: true });
    context.progress(deb!.version);
  },
};

export const steps: readonly Step[] = [parserStep];
