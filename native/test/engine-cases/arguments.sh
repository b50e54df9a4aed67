# The arguments of a program that is executed. Part of engine-guest.sh.
cp /usr/bin/echo /lab/echoing; cp /usr/bin/echo /lab/audited-echo; cp /bin/sh /lab/shell; cp /usr/bin/sleep /lab/sleeping
printf '#!/lab/shell\nexit 0\n' > /lab/by-shell.sh; printf '#!/lab/shell -e\nexit 0\n' > /lab/by-shell-e.sh; printf '#!/bin/sh\nexit 0\n' > /lab/starts.sh; chmod +x /lab/*.sh

use arguments
allowed "a program runs with the arguments that are listed" /lab/echoing -m random
allowed "in any order, and each as often as one likes" /lab/echoing random -m -m 12345678 ''
refused "it does not run with another one" /lab/echoing -m pydoc
reported "which is the rule's doing, and reported with the arguments" 'DENIED op=1 cat=0 .* rule=1 verdict=-13 .*object=/lab/echoing .*args=/lab/echoing -m pydoc'
refused "nor with one that only begins like it" /lab/echoing 123456789
refused "nor with a long one" /lab/echoing -m "$(printf 'a%.0s' $(seq 5000))"
refused "nor without any" /lab/echoing
refused "nor by its descriptor" engine-calls execute /lab/echoing
refused "nor by the dynamic loader, which has arguments of its own" "$ld" /lab/echoing -m random
refused "it is not given another name" mv /lab/echoing /lab/echoed
inside engine-calls change /lab/echoing pydoc random > /dev/null; check 137 $? "arguments that change after they were copied end the process"
reported "and it is reported what they are" 'DENIED op=1 cat=0 .* rule=1 verdict=-13 .*object=/lab/echoing .*args=program pydoc'
refused "those that change the other way are not the listed ones" engine-calls change /lab/echoing random pydoc
allowed "audited, it runs with any" /lab/audited-echo pydoc
reported "which is reported as passed" 'AUDIT op=1 cat=0 .* rule=2 verdict=0 .*object=/lab/audited-echo .*args=/lab/audited-echo pydoc'
allowed "with those that are listed too" /lab/audited-echo random random
check 0 "$(grep -c 'args=/lab/audited-echo random' run.log)" "which is not reported"
allowed "where they change it is not ended" engine-calls change /lab/audited-echo pydoc random
reported "but reported" 'AUDIT op=1 cat=0 .* rule=2 verdict=0 .*object=/lab/audited-echo .*args=program pydoc'
allowed "a script is held to its arguments" /lab/starts.sh start
refused "and to no others" /lab/starts.sh stop
inside engine-calls change /lab/starts.sh stop start > /dev/null; check 137 $? "whatever they change to"
allowed "an interpreter has its script's name among its arguments" /lab/by-shell.sh start
refused "and its script's arguments" /lab/by-shell.sh stop
inside engine-calls change /lab/by-shell.sh stop start > /dev/null; check 137 $? "which may not change either"
refused "what the first line of a script adds is in no list" /lab/by-shell-e.sh start
refused "the arguments may be those of one caller alone" env uname -r
allowed "who may use the listed ones" env uname -s
allowed "and others any" uname -r
refused "who is traced has no listed arguments, which the tracer could change" engine-ways traced /lab/echoing -m random
allowed "other programs are traced all the same" engine-ways traced /usr/bin/true
allowed "and so is one that is only audited" engine-ways traced /lab/audited-echo random
inside /lab/sleeping 30 & sleeping=$(pid_of "/lab/sleeping 30")
forbidden "nobody traces a program whose arguments are listed" engine-ways seize "$sleeping"
refused "or has its memory" engine-ways memory "$sleeping"
kill "$sleeping"
inside sleep 31 & sleeping=$(pid_of "sleep 31")
allowed "others can be traced" engine-ways seize "$sleeping"
kill "$sleeping"

use listed
allowed "an allow-list allows a program with its arguments" uname -s --
refused "and not with others, though its directory is allowed" uname -r
reported "which the posture reports" 'DENIED op=1 cat=0 .* rule=0 verdict=-13 .*object=/usr/bin/uname .*args=uname -r'
