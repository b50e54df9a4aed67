# The usual operations by other ways of saying them: links, namespaces, unusual system calls. Part of engine-guest.sh.

ln -s /lab/secret /lab/link; ln -s link /lab/link-of-link; ln -s tree /lab/link-of-tree
ln -s /usr/bin/sleep /lab/nap; printf '#!/usr/bin/sleep 0\n' > /lab/napping; chmod +x /lab/napping; touch /lab/movable

use block
refused "a blocked file is not read by a link of a link" cat /lab/link-of-link
refused "nor below a link to its folder" cat /lab/link-of-tree/blocked
refused "nor with slashes and dots too many" cat /lab//./tree/../secret
refused "nor below the working directory in /proc" sh -c 'cd /lab && cat /proc/self/cwd/secret'
refused "nor by a descriptor of its folder" sh -c 'exec 9< /lab && cat /proc/self/fd/9/secret'
refused "nor in a pid namespace of one's own" unshare -pf cat /lab/secret
refused "nor in a network's, an IPC's and a cgroup's" unshare -niC cat /lab/secret
refused "nor by openat2" engine-calls openat2 /lab/secret
refused "nor by io_uring in a worker of the kernel" engine-calls ring /lab/secret
allowed "by which another is" engine-calls ring /lab/outside
refused "nor is it renamed by io_uring" engine-calls ring-rename /lab/secret /lab/s2
refused "nor replaced" engine-calls ring-rename /lab/movable /lab/secret
allowed "as another is" engine-calls ring-rename /lab/movable /lab/moved
refused "a blocked program is not executed by a link" /lab/nap 0
refused "nor by a descriptor" engine-calls execute /usr/bin/sleep
allowed "by which another is executed" engine-calls execute /usr/bin/true
refused "nor as the interpreter of a script" /lab/napping
