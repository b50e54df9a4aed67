# Programs without a name: executed from memory, or from a file that is linked nowhere any more. Part of engine-guest.sh.

use memory
refused "a program in memory is not executed" engine-probe memfd /usr/bin/true
reported "by the rule for such, and the event says that it has no name" 'DENIED op=1 cat=0 .* rule=1 verdict=-13 flags=8 '
refused "nor one that was unlinked" engine-probe unlinked /lab/unlisted
refused "nor where a dynamic loader maps it" engine-probe loaded /usr/bin/true "$ld"
reported "which is denied by the same rule" 'DENIED op=2 cat=0 .* rule=1 verdict=-13 flags=8 '
allowed "the same program in a file is executed" /lab/unlisted
allowed "and what was mapped from a library is" env LD_PRELOAD=/lab/library.so true

use memories
allowed "where it is audited it is executed" engine-probe memfd /usr/bin/true
reported "and reported as passed" 'AUDIT op=1 cat=0 .* rule=1 verdict=0 flags=8 '
reported "by each rule" 'AUDIT op=1 cat=0 .* rule=2 verdict=0 flags=8 '
allowed "an unlinked one too" engine-probe unlinked /lab/mine
reported "with the name that it had" 'AUDIT op=1 cat=0 .* rule=1 verdict=0 flags=8 .*object=/lab/mine.copy'
