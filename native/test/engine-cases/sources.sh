# A source is earned. Part of engine-guest.sh.

cp engine-ways /lab/x.so; rm -f /lab/go3; mkfifo /lab/go3
pid_of() { # COMMAND LINE: waits for a process that has it
  local one
  while :; do
    for one in /proc/[0-9]*; do
      [ "$(tr '\0' ' ' < "$one/cmdline" 2> /dev/null)" != "$1 " ] || { echo "${one#/proc/}"; return; }
    done
    sleep 0.1
  done
}

use source
refused "the source of a Block rule gets no other name" ln /usr/bin/head /usr/bin/head-too
refused "nor is it renamed" mv /usr/bin/head /usr/bin/head-too
allowed "a source is one as the image has it" nl /lab/data
refused "what a dynamic loader loads is no source of an Allow rule" "$ld" /usr/bin/cat /lab/data
refused "nor what a program maps that only has a library's name" /lab/x.so mapped /usr/bin/cat /lab/data
refused "nor a program with code that an actor could have written" env LD_PRELOAD=/lab/library.so cat /lab/data
refused "it stays a source of a Block rule" env LD_PRELOAD=/lab/library.so head -c1 /lab/only-head
refused "a traced program is no source" engine-ways traced /usr/bin/cat /lab/data
allowed "it is traced all the same" engine-ways traced /usr/bin/true
inside cat /lab/go3 > /dev/null & source=$(pid_of "cat /lab/go3")
forbidden "a source is not traced by another program" engine-ways seize "$source"
reported "which is reported as a trace" 'DENIED op=21 cat=0 slot=3 rule=0 verdict=-1 .*object=/usr/bin/cat '
refused "nor is its memory opened" engine-ways memory "$source"
forbidden "nor a descriptor taken out of it" engine-ways steal "$source" 0
echo > /lab/go3
forbidden "the enforcer is sent no signal" engine-ways signal "$engine"
forbidden "nor traced" engine-ways seize "$engine"
allowed "another process is sent one" engine-ways signal "$BASHPID"
refused "a program that was replaced is no source" sh -c 'cp /usr/bin/head /usr/bin/nl && nl -c1 /lab/data'
allowed "prctl works" engine-ways claims
engine-ways claims; check 0 $? "also on the host"
