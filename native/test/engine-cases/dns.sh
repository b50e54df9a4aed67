# Queries of DNS, in all ways of sending, and what of them leaves. Part of engine-guest.sh.

engine-dns serve > dns.log & server=$!
until grep -q serving dns.log; do sleep 0.1; done
arrived() { sleep 0.3; grep -q "^$1\$" dns.log; } # NAME, with a dot before each label

use names
refused "a query for a blocked name is not sent" engine-dns sendto evil.example
reported "which is reported with the name" 'DENIED op=31 cat=5 .* rule=1 verdict=-13 .* access=110202 object=/example/evil exe=/usr/bin/engine-dns '
refused "nor for a sub-domain of it, in other letters" engine-dns sendto WWW.Evil.EXAMPLE
refused "nor by a connected socket" engine-dns connected evil.example
refused "nor by write" engine-dns write evil.example
refused "nor in parts" engine-dns parts evil.example
refused "nor as the second of many" engine-dns many evil.example
refused "nor by io_uring" engine-dns ring evil.example
refused "nor to an address of IPv6" engine-dns inet6 evil.example
refused "nor to one of IPv4 by a socket of IPv6" engine-dns mapped evil.example
refused "nor by TCP" engine-dns tcp evil.example
refused "nor behind another query" engine-dns behind evil.example
allowed "a query for another name is sent" engine-dns sendto other.example
arrived .other.example; check 0 $? "and arrives"
allowed "by TCP as well" engine-dns tcp stream.example
arrived .stream.example; check 0 $? "where it arrives too"
allowed "an audited one is sent" engine-dns connected seen.example
reported "and reported as passed" 'AUDIT op=31 cat=5 .* rule=2 verdict=0 .*object=/example/seen '
allowed "a length that goes before its message is written" engine-dns split late.example
arrived .late.example; check 0 $? "and arrives when both are sent again together"
allowed "of a blocked name as well" engine-dns split evil.example
inside engine-dns spliced evil.example > /dev/null
inside engine-dns segmented evil.example > /dev/null
allowed "a byte is sent that is urgent" engine-dns urgent evil.example
kill -STOP $server # so that what is sent is changed before it is read
inside engine-dns filed evil.example > /dev/null
allowed "a file is sent by TCP" engine-dns streamed evil.example
kill -CONT $server
refused "there is no connection whose packets are of other sockets" engine-dns multipath
allowed "what is changed while it is sent is sent" engine-dns changed evil.example
sleep 3.5; grep -qi evil dns.log; check 1 $? "and no blocked name has arrived by any of these ways"
grep -q good.example dns.log; check 0 $? "but what was not changed has"
allowed "a program that is no source asks for a name" engine-dns sendto sourced.example
cp /usr/bin/engine-dns /lab/asks; refused "the source of a Block rule does not" /lab/asks sendto sourced.example
use names-allowed
allowed "a name of an allow-list is asked for" engine-dns sendto www.good.example
refused "another one is not" engine-dns sendto other.example
reported "which is the posture's doing" 'DENIED op=31 cat=5 .* rule=0 verdict=-13 .*object=/example/other '
allowed "sockets are no concern of such a list" engine-sockets use udp send
engine-dns sendto evil.example; check 0 $? "the host asks for any name"
kill $server
