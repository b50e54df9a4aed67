# System calls that rules name, seen where they return. Part of engine-guest.sh.

mkdir -p /lab/watched/sub /lab/beside; cp /usr/bin/rm /lab/; touch /lab/watched/{f,g,h,of-host,sub/deep,by-other,by-rm} /lab/{elsewhere,moving}
use syscalls
allowed "a system call that a rule names is made" rm /lab/watched/sub/deep
reported "and reported with its path" 'AUDIT op=30 cat=4 .* rule=1 verdict=0 flags=0 .* access=107 object=/lab/watched/sub/deep exe=/usr/bin/rm '
allowed "a relative name is one below the working directory" sh -c 'cd /lab/watched && rm f'
reported "and reported whole" 'op=30 .* rule=1 .*object=/lab/watched/f exe='
allowed "two dots are one directory less, one is none" sh -c 'cd /lab/beside && rm ..//watched/./sub/../g'
reported "and are not in the name" 'op=30 .* rule=1 .*object=/lab/watched/g exe='
allowed "a process may make another folder its root" chroot /lab /engine-probe chmod /watched/h
reported "and the name is the container's all the same" 'op=30 .* rule=7 .* access=5a object=/lab/watched/h exe=/lab/engine-probe'
inside rmdir /lab/watched/none > /dev/null; check 1 $? "a system call that fails is not helped"
reported "and reported with its error" 'op=30 .* rule=5 verdict=0 .* access=20054 object=/lab/watched/none '
allowed "a rule without a path means any" mkdir /lab/made
reported "and reports which it was" 'op=30 .* rule=2 .* access=53 object=/lab/made exe=/usr/bin/mkdir '
allowed "a name elsewhere is no concern of a rule with a path" rm /lab/elsewhere
check 0 "$(grep -c 'op=30 .*object=/lab/elsewhere ' run.log)" "and is not reported"
allowed "the second name counts as well" mv /lab/moving /lab/watched/moved
reported "and is told apart" 'op=30 .* rule=3 .* flags=20 .* access=13c object=/lab/watched/moved '
allowed "a source makes the call" rm /lab/watched/by-rm
reported "and is reported by its own rule too" 'op=30 .* rule=4 .*object=/lab/watched/by-rm exe=/usr/bin/rm'
allowed "another program makes it" /lab/rm /lab/watched/by-other
check 0 "$(grep -c 'op=30 .* rule=4 .*object=/lab/watched/by-other ' run.log)" "and is not the rule's source"
inside false; check 1 $? "a system call that does not return"
reported "is seen where it begins" 'op=30 .* rule=6 verdict=0 .* access=e7 exe=/usr/bin/false '
rm /lab/watched/of-host; check 0 $? "the host makes any"
check 0 "$(grep -c 'op=30 .*of-host' run.log)" "and is not looked at"
