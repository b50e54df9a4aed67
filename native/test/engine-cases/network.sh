# Sockets: when they are made, and when one is used that was there before, or comes from somebody else. Part of engine-guest.sh.

engine-sockets up
for kind in udp listening tcp; do engine-sockets give "$kind" "$kind" & givers="$givers $!"; done
sleep 1

use network
refused "a blocked protocol's socket is not made" engine-sockets make inet dgram 0
reported "which is reported with its family, type and protocol" 'DENIED op=24 cat=2 .* rule=1 verdict=-13 .* access=202 '
refused "nor by the number of the protocol" engine-sockets make inet6 dgram 17
refused "nor by io_uring in a worker of the kernel" engine-sockets ring
refused "nor is a raw one" engine-sockets make inet raw 1
refused "nor one of packets" engine-sockets make packet raw 0
allowed "an audited one is made" engine-sockets use tcp connect
reported "and is reported as passed" 'AUDIT op=24 cat=2 .* rule=3 verdict=0 .* access=102 '
check 0 "$(grep -c ' op=25 ' run.log)" "and not once more when it is connected"
allowed "a socket with a path is no concern" engine-sockets make unix dgram 0
allowed "nor is one of netlink" engine-sockets make netlink raw 0
refused "another process's socket of a blocked protocol is not connected" engine-sockets take udp connect
reported "which is reported as well" 'DENIED op=25 cat=2 .* rule=1 verdict=-13 .* access=110202 '
refused "nor bound" engine-sockets take udp bind
refused "nor is anything sent by it" engine-sockets take udp send
allowed "though it arrives" engine-sockets take udp nothing
allowed "another process's socket of an audited one is connected" engine-sockets take tcp connect
reported "and reported" 'AUDIT op=25 cat=2 .* rule=3 verdict=0 .* access=60102 '
use streams
refused "a type of sockets is blocked, whatever the protocol" engine-sockets make inet6 stream 132
refused "another process's socket does not listen" engine-sockets take tcp listen
refused "nor does one that listens accept" engine-sockets take listening accept
allowed "those of another type are made" engine-sockets use udp send
use protocols
allowed "a protocol of an allow-list is used" engine-sockets use tcp connect
refused "another one is not" engine-sockets make inet dgram 1
reported "which is the posture's doing" 'DENIED op=24 cat=2 .* rule=0 verdict=-13 .* access=10202 '
allowed "the source of an Allow rule makes a socket and uses it" bash -c 'exec 7<> /dev/udp/127.0.0.1/9 && echo >&7'
refused "what it makes another program does not use" bash -c 'exec 7<> /dev/udp/127.0.0.1/9 && exec engine-sockets given 7 send'
refused "nor make" engine-sockets use udp send
allowed "names and the kernel's own sockets are no concern" sh -c 'cat /proc/net/udp > /lab/copied'
use open; mkfifo /lab/go-socket
inside engine-sockets hold udp send < /lab/go-socket > held-socket & task=$!
exec 7> /lab/go-socket; held held-socket
cp network.table open.bound; swap
echo >&7; wait $task; check 13 $? "a new rule set holds for a socket that is there"
engine-sockets use udp send; check 0 $? "the host's sockets are no concern"
kill $givers
