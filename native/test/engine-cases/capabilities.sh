# Capabilities that are used, and those that are only asked about. Part of engine-guest.sh.

use capabilities
forbidden "a blocked capability is not used" engine-sockets chroot /lab
reported "which is reported by its number" 'DENIED op=23 cat=3 .* rule=1 verdict=-1 .* access=12 '
allowed "an audited one is used" engine-sockets hostname
reported "and reported as passed" 'AUDIT op=23 cat=3 .* rule=2 verdict=0 .* access=15 .*exe=/usr/bin/engine-sockets '
allowed "other programs run" true
check 0 "$(grep -c ' op=23 .*exe=/usr/bin/true ' run.log)" "and what the kernel asks for its own ends is not reported"
forbidden "what a task does not hold it cannot use" engine-sockets dropped-chroot /lab
check 0 "$(grep -c ' op=23 .*args=engine-sockets dropped-chroot' run.log)" "and that is not reported"
engine-sockets chroot /lab; check 0 $? "the host's capabilities are no concern"
use capability
allowed "a capability of an allow-list is used" engine-sockets chroot /lab
forbidden "another one is not" engine-sockets hostname
reported "which is the posture's doing" 'DENIED op=23 cat=3 .* rule=0 verdict=-1 .* access=15 '
allowed "programs run that need none" true
