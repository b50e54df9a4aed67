# What counts as writing beside the content, and mappings that are made executable later. Part of engine-guest.sh.

use block
refused "readOnly: times are not set" engine-ways times /lab/read-only
refused "nor to a given moment" engine-ways set-times /lab/read-only
refused "nor an attribute, though the file is on a mount of its own" engine-ways attribute /lab/read-only
refused "nor is one removed" engine-ways no-attribute /lab/read-only
refused "nor an ACL set" engine-ways acl /lab/read-only
refused "nor flags of the file system" engine-ways flags /lab/read-only
reported "each is reported with its name" 'DENIED op=15 cat=1 .* rule=5 .*object=/lab/read-only'
for way in times set-times attribute no-attribute acl flags; do inside engine-ways $way /lab/outside || break; done
check 0 $? "all of these work on a file that no rule concerns"
inside sh -c 'cd /lab/volume && engine-ways attribute /lab/outside'; check 0 $? "wherever the working directory is"
use allow
allowed "a lower layer's file is given times where that is allowed, though copied up for it" touch /etc/hostname
allowed "and an attribute" engine-ways attribute /etc/hostname
refused "and not where it is not allowed" touch /etc/passwd
refused "nor an attribute there" engine-ways attribute /etc/passwd

use block
refused "a blocked program is not mapped readable and made executable" engine-ways protect /usr/bin/sleep
refused "nor by a key" engine-ways protect-key /usr/bin/sleep
allowed "another file is" engine-ways protect /lab/library.so
