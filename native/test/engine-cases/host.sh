# The node's own processes, while a host policy is in force and afterwards. Part of engine-guest.sh, which is one of them.

touch /lab/{host-secret,host-by-head,host-alias}; mkdir -p /lab/host-tmp
cat /lab/host-secret; check 0 $? "without a host policy the host is free"
mkfifo /lab/go-host; engine-probe hold /lab/host-secret < /lab/go-host > held-host & task=$!
exec 9> /lab/go-host; held held-host
cp host.table host.bound; swap
echo >&9; wait $task; check 13 $? "a host policy holds for a process that was there before it"
cat /lab/host-secret 2> said; check 1 $? "and for others"
reported "its denial is of the host's slot" 'DENIED op=3 cat=1 slot=4095 rule=1 verdict=-13 .*object=/lab/host-secret exe=/usr/bin/cat '
unshare -m cat /lab/host-secret 2> said; check 1 $? "nor does a mount namespace of its own help"
uname 2> said; check 126 $? "a program that it blocks is not executed"
head -c1 /lab/host-by-head 2> said; check 1 $? "its sources are programs of the host"
cat /lab/host-by-head; check 0 $? "and no other"
mount -t tmpfs t /lab/host-tmp; check 0 $? "mounts that concern no rule are free"
cat /lab/host-secret 2> said; check 1 $? "and give nobody another name"
mount --bind /lab/host-secret /lab/host-alias; cat /lab/host-alias 2> said; check 1 $? "nor does a bind mount"
umount /lab/host-alias /lab/host-tmp
unshare -m sh -c 'mount -t tmpfs t /mnt && : > /mnt/x && : < /mnt/x'; check 0 $? "what is mounted in a namespace of its own alone no rule can mean"
(kill -0 $engine); check 0 $? "the enforcer may be sent signals by the host"
use empty
allowed "a bound container is not the host" cat /lab/host-secret
use pods/pod
allowed "nor is a pod of which nothing is bound" cat /lab/host-secret
allowed "nor what has come from a pod to the host's mount namespace" nsenter -m -t 1 cat /lab/host-secret
allowed "nor if it has left its cgroup as well" nsenter -m -t 1 sh -c 'echo $$ > /sys/fs/cgroup/cgroup.procs; cat /lab/host-secret'
sh -c 'echo $$ > /sys/fs/cgroup/pods/pod/cgroup.procs; : < /lab/host-secret'; check 0 $? "a runtime in a pod's cgroup is not concerned"
sh -c 'echo $$ > /sys/fs/cgroup/pods/pod/cgroup.procs; echo $$ > /sys/fs/cgroup/cgroup.procs; : < /lab/host-secret' 2> said; check 2 $? "and is when it comes back"
rm host.bound; swap
cat /lab/host-secret; check 0 $? "when the last host policy has gone the host is free again"
