# Bound late: tasks that were there before the engine (before.sh), or before their cgroup was known. Part of engine-guest.sh.

echo >&5; wait $reader; check 13 $? "a task that was there before the engine is an actor"
echo >&6; wait $caller; check 126 $? "and what it executes first is judged with its own program as the source"
reported "by the rule for that source" 'DENIED op=1 cat=0 slot=3 rule=4 .*object=/usr/bin/env exe=/usr/bin/dash'

mkdir -p /sys/fs/cgroup/unbound; use unbound; mkfifo /lab/go-unbound
inside sh -c 'nsenter -m -t 1 engine-probe hold /lab/secret; echo "ended $?"' < /lab/go-unbound | cat > held-unbound & task=$! # a pipe, which is nobody's file
exec 7> /lab/go-unbound; held held-unbound
for one in $(cat /sys/fs/cgroup/unbound/cgroup.procs); do echo "$one" > /sys/fs/cgroup/block/cgroup.procs; done
swap
echo >&7; wait $task; grep -q 'ended 13' held-unbound
check 0 $? "who has executed in a container stays its own, though it went to the host's namespace before it was bound"

mkdir -p /sys/fs/cgroup/{block-later,away}; use block-later; mkfifo /lab/go-away
inside engine-probe hold /lab/secret < /lab/go-away > held-away & task=$!
exec 8> /lab/go-away; held held-away
for one in $(cat /sys/fs/cgroup/block-later/cgroup.procs); do echo "$one" > /sys/fs/cgroup/away/cgroup.procs; done
swap
echo >&8; wait $task; check 13 $? "nor does it leave its container by leaving its control group before there was a rule"
