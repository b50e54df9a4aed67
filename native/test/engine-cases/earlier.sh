# What a process had open before a rule, and what it can do with it afterwards. Part of engine-guest.sh.

holders=0
holding() { # STATUS FILE WAY NAME: a process that has the file open now, and is to get this status when it uses it later
  inside_earlier "$2" "$3" "$holders"
  expected[holders]=$1 named[holders]=$4 holders=$((holders + 1))
}
inside_earlier() { # FILE WAY NUMBER
  rm -f "held.$3"
  (echo $BASHPID > "/sys/fs/cgroup/$box/cgroup.procs"; exec unshare -m engine-earlier "$1" "$2" < /lab/go > "held.$3" 2> "said.$3" 7>&-) & tasks[$3]=$!
}
opened() { # until all have it open
  for i in "${!tasks[@]}"; do until grep -q held "held.$i" || ! kill -0 "${tasks[i]}" 2> /dev/null; do sleep 0.1; done; done
}
going() { # lets all go on, and has each checked
  exec 7>&-
  for i in "${!tasks[@]}"; do
    wait "${tasks[i]}"; got=$?
    check "${expected[i]}" "$got" "${named[i]}"
  done
  tasks=() expected=() named=() holders=0
}

for f in secret read-only outside allowed; do head -c 8192 /dev/zero > /lab/$f; done
cp empty.table empty.bound; swap
use empty
[ -p /lab/go ] || mkfifo /lab/go
exec 7<> /lab/go
tasks=()
holding 13 /lab/secret read "what was open before a rule is not read"
holding 13 /lab/secret pread "nor at a place"
holding 13 /lab/secret preadv2 "nor in parts"
holding 13 /lab/secret sendfile "nor sent"
holding 13 /lab/secret splice "nor spliced"
holding 13 /lab/secret copy "nor copied"
holding 13 /lab/secret map "nor mapped"
holding 13 /lab/secret ring "nor read by io_uring"
holding 13 /lab/secret ring-fixed "nor by a ring that alone has it"
holding 13 /lab/secret write "nor written"
holding 13 /lab/secret copied "nor by a copy of the descriptor"
holding 13 /lab/secret child "nor by a child"
holding 13 /lab/secret passed "nor after it was sent"
holding 13 /lab/dir list "a directory is not listed"
holding 0 /lab/read-only read "readOnly: it is read"
holding 0 /lab/read-only map "and mapped"
holding 13 /lab/read-only write "readOnly: it is not written"
holding 13 /lab/read-only pwrite "nor at a place"
holding 13 /lab/read-only truncate "nor cut"
holding 13 /lab/read-only allocate "nor made longer"
holding 13 /lab/read-only map-write "nor mapped to be written"
holding 13 /lab/read-only protect "nor is a mapping made one that can be"
holding 0 /lab/secret mapped "what was mapped before is still read"
holding 0 /lab/outside read "what no rule means is read"
holding 0 /lab/outside write "and written"
holding 0 /lab/outside map-write "and mapped"
holding 0 /lab/outside ring-fixed "also by a ring"
opened
before=$(grep -c 'op=32' run.log)
cp block.table empty.bound; swap
echo $(($(grep -c 'op=32' run.log) - before)) > found
going
check 0 "$(cat found)" "nothing is reported when it is found"
reported "the use of what was open before is reported by the rule" 'DENIED op=32 cat=1 .* rule=1 verdict=-13 .*object=/lab/secret exe=/usr/bin/engine-earlier'

cp empty.table empty.bound; swap
exec 7<> /lab/go
holding 0 /lab/outside read "a rule that has gone holds no more"
opened
cp allow.table empty.bound; swap
cp empty.table empty.bound; swap
going

exec 7<> /lab/go
holding 0 /lab/allowed write "what an allow-list names goes on"
holding 0 /lab/allowed-to-read read "also if it may be read alone"
holding 13 /lab/allowed-to-read write "which is then not written"
holding 13 /lab/outside read "what an allow-list does not name ends"
opened
cp allow.table empty.bound; swap
going
cp empty.table empty.bound; swap

# What is held is found again when it was given to a ring that there was not when it was found.
rm -f /lab/on; exec 7<> /lab/go
inside_earlier /lab/secret later-ring 0; opened
cp block.table empty.bound; swap
exec 7>&-; until grep -q given held.0; do sleep 0.1; done
swap
touch /lab/on; wait "${tasks[0]}"; check 13 $? "what was open before a rule is not read by a ring from after it that alone has it"
tasks=()
cp empty.table empty.bound; swap

# What was opened after a rule, by a program that may, and came to one that may not: it is used by both, whatever else is searched for meanwhile.
mkfifo /lab/inherited; exec 8<> /lab/inherited
holding_inherited() { # head waits at a fifo, and has open what a shell may read and head may not
  (echo $BASHPID > /sys/fs/cgroup/source/cgroup.procs; exec unshare -m sh -c 'exec < /lab/only-head; exec head -c1 /lab/inherited -' 8>&-) > inherited 2>&1 & task=$!
  until [ "$(readlink /proc/$task/exe)" = /usr/bin/head ] && [ "$(readlink /proc/$task/fd/3)" = /lab/inherited ]; do sleep 0.1; done
}
echo x > /lab/only-head
exec 7<> /lab/go
holding_inherited; holding 13 /lab/secret read "while something of another container is held"; opened
cp block.table empty.bound; swap
echo >&8; wait $task; echo $? > used
going
check 0 "$(cat used)" "what came from a program that may is used, when another container is given rules"
holding_inherited
cp source.table source.bound; swap
echo >&8; wait $task; check 1 $? "it is used no more, when its own container is"
reported "which is reported" 'DENIED op=32 .*object=/lab/only-head exe=/usr/bin/head'
exec 8>&-
cp empty.table empty.bound; swap
