# In the guest: does what the plan says (plan.ts) and prints a line for each measurement,
# "RESULT <row> <operation> <place> <instructions>". /w is the bench's disk: the plan, the programs, the profiles, and the
# driver's root in /w/root.
set -u
mkdir -p /lab /ovl/a/b/c/d /run/bench /sys/fs/cgroup/bound /sys/fs/cgroup/free
mount -t tmpfs lab /lab
ip link set lo up
mkdir -p /lab/a/b/c/d
for folder in /lab/a/b/c/d /ovl/a/b/c/d; do
  echo hi >$folder/file
  echo hi >$folder/old
  cp /bin/true $folder/true
done
cp /w/programs/* /run/bench/
for d in proc sys dev; do mount --rbind /$d /w/root/$d; done

# Ways to start a workload. A container has a mount namespace and a control group of its own.
plain() { "$@"; }
contained() { # GROUP COMMAND...
  bash -c 'echo $$ >/sys/fs/cgroup/$0/cgroup.procs && exec unshare -m "$@"' "$@"
}
landlock() { /run/bench/landlock "$@"; }
confined() { bash -c 'printf "exec bench" >/proc/self/attr/apparmor/exec && exec "$@"' confined "$@"; }

# Why what is to be measured is not in force, or nothing. Then nothing is measured: it would be a figure of something else.
missing=
hooks=

measure() { # ROW OPERATION PLACE HOW WORKLOAD...
  row=$1 operation=$2 place=$3
  shift 3
  if [ -n "$missing" ]; then set -- echo "$missing"; fi
  echo "RESULT $row $operation $place $("$@" 2>&1 | tr '\n' ' ')"
}

ask() {
  answer="no driver: $(tail -n 5 /run/driver.err 2>&1 | tr '\n' ' ')"
  if echo "$*" >&"${DRIVER[1]:-2}"; then read -r answer <&"${DRIVER[0]:-0}"; fi
  case $answer in error:* | "no driver"*) missing="$1: $answer" ;; *) missing= ;; esac
}
load_engine() {
  # Only now: while the driver starts it would share the processor with what is measured.
  coproc DRIVER { exec chroot /w/root /usr/bin/node /bench/driver.mjs 2>/run/driver.err; }
  ask load
  [ -z "$missing" ] || { echo "TROUBLE $missing" && return; }
  read -r taken hooks <<<"$answer"
  echo "LOADED $taken"
}
bind() { ask bind "$@" "$(stat -c %i /sys/fs/cgroup/bound)"; } # ROW OPERATION PLACE
remove_engine() {
  driver=$DRIVER_PID
  ask remove
  eval "exec ${DRIVER[1]}>&-"
  wait "$driver"
}
attach_empty_programs() {
  [ -n "$hooks" ] || { missing="it is not known which hooks the engine has" && return; }
  # shellcheck disable=SC2086 # names of hooks, one a word
  coproc EMPTY { exec /run/bench/empty-programs $hooks 2>&1; }
  read -r answer <&"${EMPTY[0]}"
  if [ "$answer" = attached ]; then missing=; else missing="empty programs: $answer"; fi
}
load_profile() { # ROW
  /run/bench/apparmor_parser --skip-cache --replace "/w/profiles/$1" || missing="the profile was refused"
}
remove_profile() {
  missing=
  echo -n bench >/sys/kernel/security/apparmor/.remove
}

# The first seconds after boot cost more: the kernel still calibrates its clock. Asleep, the instruction clock just jumps.
sleep 10
. /w/plan.sh
