# In the guest: every row's workloads on both file systems. Prints "RESULT <row> <operation> <file system> <instructions>".
# /w is the bench's disk: workload, node's root in /w/root, the driver in it. ROWS is the number of rows, BOUND says of each whether its cgroup is bound.
set -u
mkdir -p /lab /ovl/a/b/c/d /sys/fs/cgroup/bench
mount -t tmpfs lab /lab
mkdir -p /lab/a/b/c/d
for top in /lab /ovl; do echo hi >$top/a/b/c/d/file; cp /bin/true $top/a/b/c/d/true; done
cp /w/workload /run/workload
. /w/rows.sh
for d in proc sys dev; do mount --rbind /$d /w/root/$d; done
ask() {
  answer="no driver: $(tail -n 5 /run/driver.err | tr '\n' ' ')"
  if echo "$*" >&"${DRIVER[1]:-2}"; then read -r answer <&"${DRIVER[0]:-0}"; fi
  echo "ANSWER $* : $answer"
}
work() { # ROW BOUND
  for fs in tmpfs:/lab overlayfs:/ovl; do
    top=${fs#*:}
    for op in open+close:open:$OPENS:file fork+exec:exec:$EXECS:true; do
      IFS=: read -r name mode count leaf <<<"$op"
      if [ "$2" = 1 ]; then
        out=$(bash -c "echo \$\$ >/sys/fs/cgroup/bench/cgroup.procs; exec unshare -m /run/workload $mode $count $top/a/b/c/d/$leaf" 2>&1)
      else
        out=$(/run/workload "$mode" "$count" "$top/a/b/c/d/$leaf" 2>&1)
      fi
      echo "RESULT $1 $name ${fs%%:*} $out"
    done
  done
}
# The first seconds after boot cost more: the kernel still calibrates its clock. Asleep, the instruction clock just jumps.
sleep 10
work 0 0
# Only now: while it starts it would share the processor with what is measured.
coproc DRIVER { exec chroot /w/root /usr/bin/node /bench/driver.mjs 2>/run/driver.err; }
ask load
cgroup=$(stat -c %i /sys/fs/cgroup/bench)
for row in $(seq 1 $((ROWS - 1))); do
  ask row "$row" "$cgroup"
  work "$row" "$(cut -d' ' -f$((row + 1)) <<<"$BOUND")"
done
