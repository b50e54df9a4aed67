# Presets that are more than names. Part of engine-guest.sh.
touch /usr/bin/factor; cp /usr/bin/true /usr/bin/copied # in a container these would be in the upper layer of its overlay, as here
terminal() { script -qec "bash -c 'echo \$\$ > /sys/fs/cgroup/$box/cgroup.procs; exec unshare -m $*'" /dev/null > /dev/null 2>&1; }

use code
refused "memory of no file is not made executable" engine-calls code anonymous /usr/bin/true
reported "which is denied by the preset's rule" 'DENIED op=2 cat=0 .* rule=1 verdict=-13 '
refused "nor later" engine-calls code protected /usr/bin/true
refused "nor that of a memfd" engine-calls code memory /usr/bin/true
refused "nor a private copy of a file that was written" engine-calls code written /usr/bin/true
refused "nor one that can be" engine-calls code writable /usr/bin/true
refused "nor what a device gives, which is shared memory of no file" engine-calls code shared /dev/zero
allowed "a file's own code is" engine-calls code file /usr/bin/true
allowed "programs with their libraries run" id

use image
allowed "a program of the image runs, with the libraries of the image" id
refused "one on another file system does not" /lab/unlisted
reported "which is denied by the preset's rule" 'DENIED op=1 cat=0 .* rule=1 verdict=-13 .*object=/lab/unlisted'
refused "nor by the dynamic loader" "$ld" /lab/unlisted
refused "nor one that was copied into the image" copied
refused "nor one of the image that was written since" factor 6
refused "nor a script from elsewhere" /lab/script.sh

use entered
allowed "who enters without a terminal executes" true
terminal true; check 126 $? "who enters with a terminal does not"
reported "which is denied by the preset's rule" 'DENIED op=1 cat=0 .* rule=1 verdict=-13 .*object=/usr/bin/true'

use environ
refused "another process's environment is not read" cat /proc/1/environ
reported "which is denied by the preset's rule" 'DENIED op=3 cat=1 .* rule=1 verdict=-13 .*object=/proc/1/environ'
refused "not even the parent's" sh -c 'cat /proc/$$/environ; exit $?'
allowed "the own one is" cat /proc/self/environ
allowed "under whatever name" sh -c 'read -r line < /proc/$$/environ; :'
allowed "and other files of another process" cat /proc/1/status

use folders
refused "of another process nothing is read" cat /proc/1/status
refused "its folder is not listed" ls /proc/1
refused "nor what is below it" cat /proc/1/task/1/stat
allowed "the own folder is" cat /proc/self/status
allowed "and so is what is no process's" sh -c 'ls /proc > /dev/null && cat /proc/stat /proc/sys/kernel/ostype'

use presets
allowed "where they are audited, code of no file is made" engine-calls code anonymous /usr/bin/true
reported "and reported" 'AUDIT op=2 cat=0 .* rule=1 verdict=0 '
reported "as is a program that is not of the image" 'AUDIT op=1 cat=0 .* rule=2 verdict=0 .*object=/usr/bin/engine-calls'
terminal id; check 0 $? "who enters with a terminal executes"
reported "and is reported" 'AUDIT op=1 cat=0 .* rule=3 verdict=0 .*object=/usr/bin/id'
allowed "another process is looked at" cat /proc/1/environ
reported "which each preset reports" 'AUDIT op=3 cat=1 .* rule=4 verdict=0 .*object=/proc/1/environ'
reported "that means it" 'AUDIT op=3 cat=1 .* rule=5 verdict=0 .*object=/proc/1/environ'
