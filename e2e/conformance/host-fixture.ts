/**
 * What cases find on the node itself, beside the programs that the guest has: the folder that the cases with the fixture `host-selinux-test` work
 * in, and programs. Most of them are scripts, which are sources like programs; where an allow-list is tried they are not, because an interpreter opens its script.
 */
import { writing } from "./node/pod.ts";

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

/** Sends its input as a datagram, which is all that a case asks of it: nc -u -w 1 HOST PORT. */
const nc = `#!/bin/bash\nexec cat > "/dev/udp/\${@: -2:1}/\${@: -1}"\n`;

/** Programs that the guest does not have, and of which cases ask no more than that they are executed. */
const programs = Object.entries({
  nc,
  ...Object.fromEntries(["apt", "apt-get", "apt-cache"].map((name) => [name, "#!/bin/bash\necho $0\n"])),
});

/** Bash that makes it. `compiled`: a folder with the compiled programs, where the guest has one. */
export const hostFixture = (compiled = "/nowhere"): string =>
  [
    `mkdir -p ${folder}/matchDir/subdir`,
    `cp /bin/bash ${folder}/bash`,
    writing(`${folder}/read`, read),
    writing(`${folder}/write`, write),
    `chmod 755 ${folder}/read ${folder}/write`,
    `if [ -e ${compiled}/readline ]; then cp ${compiled}/readline ${folder}/read; cp ${compiled}/readwrite ${folder}/; fi`,
    writing(`${folder}/file.txt`, "hello\n"),
    ...["read.c", "write.c"].map((name) => writing(`${folder}/${name}`, `/* ${name} */\n`)),
    ...["test1", "test2", "test3", "test4", "subdir/test6"].map((name) =>
      writing(`${folder}/matchDir/${name}`, `${name.replace("subdir/", "")}\n`),
    ),
    ...programs.map(
      ([name, text]) =>
        `[ -e /usr/bin/${name} ] || { ${writing(`/usr/bin/${name}`, text)}; chmod 755 /usr/bin/${name}; }`,
    ),
    `ln -sf test1 ${folder}/matchDir/test5`,
  ].join("\n");
