# Mounts as a way round a name, and mounts that are nobody's concern. A shell that waits keeps the container's own namespace alive.
# Part of engine-guest.sh.

mkdir -p /lab/{room,room2,old} /lab/image/{proc,old}; cp engine-probe /lab/image/; touch /lab/image/file /lab/room2/free

use block
allowed "a container whose first process makes a mount namespace of its own reads there what no rule concerns" engine-mounts own-bind /lab /lab/room /lab/room/outside
refused "a blocked file is not read through a bind mount in a namespace of its own" sh -c 'engine-mounts own-bind /lab /lab/room /lab/room/secret; exit $?'
reported "and is reported by the name that the rule has" 'DENIED op=3 cat=1 slot=1 rule=1 .*object=/lab/secret '
refused "nor where the file itself is mounted elsewhere" sh -c 'engine-mounts own-bind /lab/secret /lab/outside /lab/outside; exit $?'
refused "nor a file in a blocked folder that is mounted elsewhere" sh -c 'engine-mounts own-bind /lab/tree/a /lab/room /lab/room/b/f; exit $?'
allowed "what no rule concerns is read there" sh -c 'engine-mounts own-bind /lab /lab/room /lab/room/outside; exit $?'
refused "nor where the container's own namespace has ended" engine-mounts own-bind /lab /lab/room /lab/room/secret
refused "nor anything, because nothing shows any more what it was called" engine-mounts own-bind /lab /lab/room /lab/room/outside
refused "nor with a user namespace of its own" unshare -Urm engine-mounts own-bind /lab /lab/room /lab/room/secret
refused "nor at home" sh -c 'engine-mounts bind /lab /lab/room && cat /lab/room/secret'
refused "nor written there" sh -c 'engine-mounts bind /lab /lab/room && rm /lab/room/secret'
refused "nor renamed there" sh -c 'engine-mounts bind /lab /lab/room && mv /lab/room/secret /lab/room/s2'
refused "nor by a name in the copy of a tree that is attached" sh -c 'engine-mounts attach /lab /lab/room && cat /lab/room/secret'
refused "nor after the root is another one" sh -c 'unshare -m sh -c "mount --bind /lab /lab/room && cd /lab/room && pivot_root . old && exec /engine-probe threads /secret 1"; exit $?'
refused "a blocked program is not executed through a bind mount" sh -c 'engine-mounts own-run /usr/bin /lab/room /lab/room/sleep 0; exit $?'
refused "nor where it is mounted over another one" sh -c 'engine-mounts own-run /usr/bin/sleep /usr/bin/id /usr/bin/id 0; exit $?'
refused "nor mapped there" unshare -m sh -c "engine-mounts bind /usr/bin /lab/room && exec $ld /lab/room/sleep 0"

forbidden "nothing is mounted over a blocked file" engine-mounts bind /lab/outside /lab/secret
forbidden "nor over a blocked folder" engine-mounts tmpfs /lab/dir
forbidden "nor below it" engine-mounts tmpfs /lab/tree/a
forbidden "nor over a folder on the way to it" engine-mounts tmpfs /lab
forbidden "nor by the calls that came later" engine-mounts attach /lab/room /lab/dir
forbidden "nor a folder that has it shown by an overlay" engine-mounts overlay /lab/dir:/lab/room2 /lab/room
forbidden "not even in a namespace of its own" sh -c 'unshare -m engine-mounts overlay /lab/tree:/lab/room2 /lab/room; exit $?'
forbidden "the root is not exchanged at home" sh -c 'engine-mounts bind /lab/room /lab/room && engine-mounts pivot /lab/room'
reported "which is reported as a mount" 'DENIED op=20 cat=1 slot=1 rule=[0-9]* verdict=-1 '
use exact
forbidden "a mount that has a ruled file is not moved" engine-mounts move /lab/volume /lab/room
forbidden "nor by the calls that came later" engine-mounts shift /lab/volume /lab/room
forbidden "nor taken away" engine-mounts umount /lab/volume

use block
allowed "off the way of every rule a tmpfs is mounted, used and taken away" sh -c 'engine-mounts tmpfs /lab/room && touch /lab/room/x && cat /lab/room/x && engine-mounts umount /lab/room'
allowed "and a bind mount" sh -c 'engine-mounts bind /lab/room2 /lab/room && cat /lab/room/free && engine-mounts umount /lab/room'
allowed "and a copy of a tree" sh -c 'engine-mounts attach /lab/room2 /lab/room && cat /lab/room/free'
allowed "which is used before it is attached" engine-mounts tree /lab/room2 free
allowed "and an overlay" sh -c 'engine-mounts overlay /lab/room2:/lab/image /lab/room && cat /lab/room/free /lab/room/file'
allowed "a container in the container works" sh -c 'unshare -mp --fork sh -c "engine-mounts overlay /lab/image:/lab/room2 /lab/room && engine-mounts proc /lab/room/proc && cd /lab/room && pivot_root . old && exec /engine-probe threads /file 1"; exit $?'

use allow
refused "a mount over an allowed folder does not widen an allow-list" sh -c 'engine-mounts own-bind /lab/dir /lab/tree /lab/tree/f; exit $?'
refused "nor a file of its own by an allowed name" sh -c 'engine-mounts own-tmpfs /lab/tree /lab/tree/own; exit $?'
refused "nor a program mounted over an allowed one" sh -c 'engine-mounts own-run /lab/reader.sh /usr/bin/id /usr/bin/id; exit $?'
forbidden "and at home nothing is mounted there" engine-mounts bind /lab/dir /lab/tree
use source
refused "a program that is mounted over a source is none" sh -c 'engine-mounts own-run /usr/bin/head /usr/bin/cat /usr/bin/cat -c1 /lab/data; exit $?'
forbidden "and at home nothing is mounted over one" engine-mounts bind /usr/bin/head /usr/bin/cat
