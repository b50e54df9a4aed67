# Which name an object has: that of the place where the container sees it. Part of engine-guest.sh.

use exact
refused "a file that is a mount has the name of its mount point" cat /lab/hosts
refused "for writing as well" sh -c ': >> /lab/hosts'
allowed "its source has another name" cat /lab/source-of-hosts
refused "a program that is a mount has the name of its mount point" /lab/program
refused "also where a dynamic loader maps it" "$ld" /lab/program
refused "a file in a mounted folder has the folder's name in the container" cat /lab/volume/kept
refused "a file opened by its handle has its name" engine-ways handle /lab/secret
refused "a copy of a tree that is attached nowhere does not free its files" engine-mounts tree /lab secret

use block
refused "nor where a folder is blocked" engine-mounts tree /lab secret
allowed "a namespace can be opened, whatever is blocked" sh -c 'exec 5< /proc/self/ns/mnt'
allowed "and entered" nsenter -m/proc/self/ns/mnt true
allowed "a message queue is no file of the container" engine-ways queue
use allow
allowed "a namespace needs no rule" sh -c 'exec 5< /proc/self/ns/mnt'
