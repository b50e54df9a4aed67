#!/bin/sh
# What the engine costs. Runs in a guest with a BPF LSM, as root, in a directory with engine-run, engine-work, the object
# and NAME.img files (engine-pack.ts); prints instructions an operation if the guest's clock counts instructions.
#   engine-bench.sh [IMAGE ...]
opens=1000 execs=20
file=/lab/a/b/c/d/file
mkdir -p /lab /over/a/b/c/d && mount -t tmpfs t /lab && mkdir -p /lab/a/b/c/d
echo x > $file; echo x > /over/a/b/c/d/file
box=/sys/fs/cgroup/bench; mkdir -p $box
run() { # NAME PREFIX...
  name=$1; shift
  echo "$name tmpfs $("$@" ./engine-work open "$opens" $file)"
  echo "$name overlay $("$@" ./engine-work open "$opens" /over/a/b/c/d/file)"
  echo "$name exec $("$@" ./engine-work exec "$execs" /bin/true)"
}
printf 'echo $$ > %s/cgroup.procs\nexec unshare -m "$@"\n' $box > enter.sh
run none env
for image in host "$@" ; do
  [ $image = host ] && binding= || binding=$box=$image.img
  ./engine-run portcullis.bpf.o $binding > run.log 2> run.err & pid=$!
  while ! grep -q ready run.log && kill -0 $pid 2>/dev/null; do sleep 0.2; done
  cat run.err
  if [ $image = host ]; then run host env; else run "$image" sh enter.sh; fi
  kill $pid; wait $pid 2>/dev/null; grep -h 'DENIED\|AUDIT\|counter' run.log | tail -5
done
