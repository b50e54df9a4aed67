#!/bin/bash
# What the engine decides, on a kernel with a BPF LSM. Runs as root in a throw-away guest, in a directory with engine-run,
# engine-probe, the object and the rule tables of e2e's engine-tables.ts. Prints a line for each case, and ends with the number
# of those that failed.
export LC_ALL=C # messages are compared
object=${1:-portcullis.bpf.o}
failed=0 cases=0
mkdir -p /lab && mount -t tmpfs t /lab && cp engine-probe /lab/ && cp engine-probe engine-calls engine-ways engine-mounts engine-sockets engine-dns engine-addresses engine-earlier /usr/bin/
cd "$(dirname "$0")" && here=$PWD
touch /lab/{secret,outside,read-only,owned,audited,data,only-head,by-script,by-tree,allowed,allowed-to-read}
mkdir -p /lab/dir/sub /lab/tree/a/b; touch /lab/dir/{f,sub/f} /lab/tree/a/b/f /lab/tree/blocked /lab/dir-not
mkdir -p /lab/{bin,bins}/sub /lab/callers/x
for f in /lab/bin/{a,sub/a} /lab/bins/{a,sub/a,sub/audited} /lab/mine; do cp /usr/bin/true $f; done; cp /usr/bin/env /lab/callers/x/
printf '#!/bin/sh\nexit 0\n' > /lab/script.sh; printf '#!/bin/sh\nread x < "$1" || [ $? = 1 ]\n' > /lab/reader.sh; chmod +x /lab/*.sh; cp /lab/reader.sh /lab/reader2.sh
chown 1000 /lab/owned /lab/mine
ld=$(readlink -f /lib64/ld-linux-x86-64.so.2)
cp "$ld" /lab/loader; cp /usr/bin/true /lab/unlisted; cp "$(dirname "$ld")/libm.so.6" /lab/library.so

touch /lab/{source-of-hosts,hosts}; mount --bind /lab/source-of-hosts /lab/hosts
cp /usr/bin/true /lab/source-of-program; touch /lab/program; mount --bind /lab/source-of-program /lab/program
mkdir -p /lab/{source-of-volume,volume}; touch /lab/source-of-volume/kept; mount --bind /lab/source-of-volume /lab/volume

start() { # TABLE...: loads the engine, with a cgroup of its own for each rule table
  local bindings=()
  for name in "$@"; do
    mkdir -p "/sys/fs/cgroup/$name" && cp "$name.table" "$name.bound" && bindings+=("/sys/fs/cgroup/$name=$name.bound")
  done
  mkdir -p /sys/fs/cgroup/pods/pod
  ./engine-run -e -t traces -d /sys/fs/cgroup -n host.bound -p /sys/fs/cgroup/pods "$object" "${bindings[@]}" > run.log 2> run.err & engine=$!
  until grep -q ready run.log; do kill -0 $engine || { cat run.err; exit 99; }; sleep 0.2; done
}
swap() { # has the engine read its rule tables again and ask again about tasks that are not bound
  local before; before=$(grep -c swapped run.log)
  kill -HUP $engine; until [ "$(grep -c swapped run.log)" -gt "$before" ]; do sleep 0.1; done
}
use() { echo "== $1"; box=$1; } # TABLE: what runs inside from now on is bound to it
stop() { kill $engine; wait $engine 2> /dev/null; grep '^counter' run.log; }
inside() { # COMMAND...: in a container, so to speak. What it says goes to the file `said`
  (echo $BASHPID > "/sys/fs/cgroup/$box/cgroup.procs"; exec unshare -m "$@") 2> said
}
check() { # EXPECTED GOT NAME
  cases=$((cases + 1))
  if [ "$1" = "$2" ]; then echo "ok   $3"; else echo "FAIL $3: expected $1, got $2"; failed=$((failed + 1)); fi
}
allowed() { inside "${@:2}" > /dev/null; check 0 $? "$1"; }
# NAME COMMAND...: the command fails with EACCES and with nothing else. That is the status of engine-probe and engine-ways, others say it in words,
# and the dynamic loader says no more than that it could not map.
refused() {
  inside "${@:2}" > /dev/null; local got=$?
  if [ $got = 13 ] || { [ $got != 0 ] && grep -qE 'Permission denied|failed to map segment' said; }; then got=refused; else got="$got ($(head -n 1 said))"; fi
  check refused "$got" "$1"
}
# The same for EPERM, which a change of the mount tree, a signal or a trace is refused with.
forbidden() {
  inside "${@:2}" > /dev/null; local got=$?
  if [ $got = 1 ] && grep -q 'engine-.*: .*Operation not permitted' said; then got=forbidden; else got="$got ($(head -n 1 said))"; fi
  check forbidden "$got" "$1"
}
reported() { sleep 0.4; grep -q "$2" run.log; check 0 $? "$1"; }

. ./before.sh
start block empty source allow audit process programs exact network streams protocols open capabilities capability syscalls memory memories arguments listed code image entered environ folders presets names names-allowed addresses addresses-allowed
use block
refused "a blocked file cannot be read" cat /lab/secret
allowed "its neighbour can" cat /lab/outside
reported "the denial names rule, object, executable and arguments" 'DENIED op=3 cat=1 slot=1 rule=1 .*object=/lab/secret exe=/usr/bin/cat .*args=cat /lab/secret'
refused "nor written" sh -c ': > /lab/secret'
refused "nor through a relative name" sh -c 'cd /lab/tree; cat ../secret'
refused "nor through /proc/self/root" cat /proc/self/root/lab/secret
refused "nor through an O_PATH descriptor" engine-probe reopen /lab/secret
refused "nor by any of 64 threads" engine-probe threads /lab/secret 64
refused "nor by an orphaned grandchild" engine-probe fork /lab/secret
refused "nor after chroot" chroot /lab /engine-probe threads /secret 1
refused "nor in another mount namespace" unshare -m cat /lab/secret
refused "nor in the host's mount namespace" nsenter -m -t 1 cat /lab/secret
refused "nor after leaving the cgroup" sh -c 'echo $$ > /sys/fs/cgroup/cgroup.procs; cat /lab/secret'
refused "it cannot be unlinked" rm /lab/secret
refused "nor renamed" mv /lab/secret /lab/s2
refused "nor linked" ln /lab/secret /lab/s3
refused "nor replaced" sh -c 'cp /lab/outside /lab/new; mv /lab/new /lab/secret'
refused "nor exchanged" engine-probe exchange /lab/outside /lab/secret
refused "nor truncated" engine-probe truncate /lab/secret
refused "nor given another mode" engine-probe chmod /lab/secret
refused "nor another owner" engine-probe chown /lab/secret
refused "a directory's child is blocked" cat /lab/dir/f
allowed "its grandchild is not" cat /lab/dir/sub/f
allowed "nor what only begins like it" cat /lab/dir-not
refused "the directory itself is" ls /lab/dir
refused "nothing is made in it" mkdir /lab/dir/new
refused "no symlink either" ln -s x /lab/dir/link
refused "no fifo either" engine-probe mkfifo /lab/dir/fifo
refused "recursion reaches any depth" cat /lab/tree/a/b/f
refused "a directory above a rule is not renamed" mv /lab /lab2
refused "a blocked program is not executed" sleep 0
refused "nor by its other spelling" /bin/sleep 0
refused "nor by the dynamic loader" /lib64/ld-linux-x86-64.so.2 /bin/sleep 0
reported "whose mapping it is that is denied" 'DENIED op=2 cat=0 .* rule=4 verdict=-13 .*object=/usr/bin/sleep exe=.*/ld-linux'
refused "nor linked to another name" ln /usr/bin/sleep /usr/bin/slept
reported "the denial of a program names it and its caller" 'op=1 cat=0 .* rule=4 .*object=/usr/bin/sleep exe=.*args=sleep 0'
refused "a blocked script is not executed" /lab/script.sh
allowed "readOnly: a read is allowed" cat /lab/read-only
refused "readOnly: a write is not" sh -c ': >> /lab/read-only'
refused "ownerOnly: another user is refused" cat /lab/owned
allowed "ownerOnly: the owner is not" setpriv --reuid 1000 --clear-groups cat /lab/owned
refused "/proc/self is the process's own folder" cat /proc/self/status
refused "under whatever name" sh -c 'read -r line < /proc/$$/status'
refused "and its threads'" sh -c 'read -r line < /proc/thread-self/stat'
allowed "no other process's" sh -c 'read -r line < /proc/1/status && cat /proc/$$/status && :'
allowed "nor its other files" cat /proc/self/stat
allowed "an audited file can be read" cat /lab/audited
reported "and is reported as passed" 'AUDIT op=3 .* rule=7 verdict=0 .*object=/lab/audited'
long=$(printf 'x%.0s' $(seq 255)); mkdir -p /lab/$long/$long; touch /lab/$long/$long/end
refused "names of 255 bytes are matched" cat /lab/$long/$long/end
reported "and reported whole" "object=/lab/$long/$long/end "
engine-probe deep /lab 40 n; refused "a rule of 42 components is matched" engine-probe walk /lab 40 n
allowed "and not one component earlier" engine-probe deep /lab 39 n
engine-probe deep /lab/tree 1990 d; refused "a name of 2,000 components is matched" engine-probe walk /lab/tree 1990 d
reported "and reported whole, to its last directory" 'object=/lab/tree/d/d/.*/d/end exe='
engine-probe deep /lab 1990 e; allowed "as deep a name without a rule is free" engine-probe walk /lab 1990 e
cat /lab/secret; check 0 $? "the host is not concerned"
nsenter -m -t 1 cat /lab/secret; check 0 $? "nor is its administrator"
sh -c 'echo $$ > /sys/fs/cgroup/block/cgroup.procs; cat /lab/secret'; check 0 $? "nor a runtime that is still in the host's namespace"

use empty
mkfifo /lab/go; inside engine-probe hold /lab/secret < /lab/go > held & task=$!
exec 7> /lab/go; until grep -q held held; do sleep 0.1; done
cp block.table empty.bound; swap
echo >&7; wait $task; check 13 $? "a new rule set holds for a running task"

use source
allowed "the source of an Allow rule may" cat /lab/data
refused "others may not" head -c1 /lab/data
refused "the source of a Block rule may not" head -c1 /lab/only-head
allowed "others may" cat /lab/only-head
refused "a program started by the dynamic loader is a source" "$ld" /usr/bin/head -c1 /lab/only-head
allowed "and the only one" "$ld" /usr/bin/cat /lab/only-head
refused "a source is a program, not a process: exec changes it" sh -c 'exec head -c1 /lab/only-head'
refused "the source of an exec is the program that calls it" sh -c 'env true'
allowed "another caller may" env env true
refused "a script is a source" /lab/reader.sh /lab/by-script
allowed "another script of the same interpreter is not" /lab/reader2.sh /lab/by-script
refused "a source may be a directory" cat /lab/by-tree
allowed "a program elsewhere is not in it" /lab/engine-probe reopen /lab/by-tree
allowed "a linked name is judged whoever makes it" sh -c 'ln /lab/only-head /lab/x && exit 1 || exit 0'

use allow
allowed "an allowed program runs" true
refused "another does not" /lab/reader.sh /lab/allowed
allowed "an allowed dynamic loader runs" "$ld" --version
allowed "it loads an allowed program, and libraries of no list" "$ld" /usr/bin/true
refused "it does not load another" "$ld" /lab/unlisted
refused "nor one that is called like a library" "$ld" /lab/library.so
reported "which is the posture's doing as well" 'DENIED op=2 cat=0 .* rule=0 .*object=/lab/unlisted'
refused "nor an anonymous one by its descriptor" engine-probe loaded /usr/bin/true "$ld"
reported "which is a program without a name" 'DENIED op=2 cat=0 .* rule=0 verdict=-13 flags=8 '
refused "a loader by another name is a program like any other" /lab/loader /usr/bin/true
allowed "a library of no list is mapped by an allowed program" env LD_PRELOAD=/lab/library.so true
refused "nor an anonymous one" engine-probe memfd /usr/bin/true
refused "nor an unlinked one, whatever its name was" engine-probe unlinked /lab/tree/x
allowed "an allowed file is read" cat /lab/allowed
allowed "and written" sh -c ': >> /lab/allowed'
allowed "read only: read" cat /lab/allowed-to-read
refused "read only: not written" sh -c ': >> /lab/allowed-to-read'
refused "other files are not read" cat /lab/outside
reported "which is reported as the posture's doing" 'DENIED op=3 .* rule=0 .*object=/lab/outside'
allowed "the base allowance reads" cat /etc/passwd
refused "and does not write" sh -c ': >> /etc/passwd'
refused "Block beats Allow of a directory" cat /lab/tree/blocked
allowed "pipes have no name and need no rule" sh -c 'cat /lab/allowed | cat > /dev/stdout | true'

allowed "a lower layer's file is written where it is allowed, though copied up for it" sh -c 'echo x >> /etc/hostname'

use process
refused "programs in a blocked directory are not executed" /lab/bin/a
allowed "those below it are, without recursion" /lab/bin/sub/a
refused "with recursion they are not, directly in it" /lab/bins/a
refused "nor below it" /lab/bins/sub/a
refused "nor where an Audit rule names them exactly" /lab/bins/sub/audited
refused "the blocked directory is not renamed" mv /lab/bins /lab/bins2
allowed "an audited program is executed" id
reported "and the execution is reported as passed" 'AUDIT op=1 cat=0 .* rule=4 verdict=0 .*object=/usr/bin/id .*args=id'
refused "ownerOnly: another user does not execute it" /lab/mine
allowed "ownerOnly: the owner does" setpriv --reuid 1000 --clear-groups /lab/mine
refused "a blocked program is not executed by everyone" uname
allowed "by the source of an Allow rule it is" env uname
refused "and not by that source's child" env env sh -c uname
refused "a source may be a directory, at any depth" /lab/callers/x/env nproc
allowed "outside of it the same program is no source" env nproc

use programs
allowed "audit posture lets a listed program run" true
check 0 "$(grep -c 'object=/usr/bin/true ' run.log)" "and does not report it"
allowed "and any other" id
reported "which it reports" 'AUDIT op=1 cat=0 .* rule=0 verdict=0 .*object=/usr/bin/id '

use audit
allowed "audit posture lets other files through" cat /lab/outside
reported "and reports them" 'AUDIT op=3 .* rule=0 verdict=0 .*object=/lab/outside'

. ./calls.sh
. ./names.sh
. ./writes.sh
. ./sockets.sh
. ./mounts.sh
. ./sources.sh
. ./late.sh
. ./network.sh
. ./dns.sh
. ./addresses.sh
. ./capabilities.sh
. ./syscalls.sh
. ./fileless.sh
. ./arguments.sh
. ./presets.sh
. ./earlier.sh
. ./host.sh
stop

echo "$cases cases, $failed failed"
exit $failed
