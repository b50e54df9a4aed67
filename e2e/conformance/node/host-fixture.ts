/**
 * What cases find on the node itself, beside the programs that the guest has: the folder that the cases with the fixture `host-selinux-test` work
 * in. Its programs are scripts, which are sources like programs.
 */
import { writing } from "./pod.ts";

const folder = "/home/vagrant/selinux-test";

const usage = '[ $# -gt 0 ] || { echo "Usage: $0 [file]"; exit 1; }';

const read = `#!/bin/bash
${usage}
if { IFS= read -r line < "$1" || [ -n "$line" ]; } 2>/dev/null; then echo "read $line from $1"
else echo "failed to open $1 with the READONLY mode"; fi
`;

const write = `#!/bin/bash
${usage}
if { echo hello > "$1"; } 2>/dev/null; then echo "write hello into $1"; else echo "failed to open $1 with the WRITE mode"; fi
`;

/** Bash that makes it. */
export const hostFixture = [
  `mkdir -p ${folder}/matchDir/subdir`,
  `cp /bin/bash ${folder}/bash`,
  writing(`${folder}/read`, read),
  writing(`${folder}/write`, write),
  `chmod 755 ${folder}/read ${folder}/write`,
  writing(`${folder}/file.txt`, "hello\n"),
  ...["read.c", "write.c"].map((name) => writing(`${folder}/${name}`, `/* ${name} */\n`)),
  ...["test1", "test2", "test3", "test4", "subdir/test6"].map((name) =>
    writing(`${folder}/matchDir/${name}`, `${name.replace("subdir/", "")}\n`),
  ),
  `ln -sf test1 ${folder}/matchDir/test5`,
].join("\n");
