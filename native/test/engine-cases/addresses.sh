# Whom sockets speak with, in all ways of speaking. Part of engine-guest.sh.

use addresses
refused "a blocked address is not spoken with by a connected datagram socket" engine-addresses connect dgram 127.0.0.2 80
refused "nor by TCP" engine-addresses connect stream 127.0.0.2 80
refused "nor by sendto" engine-addresses sendto dgram 127.0.0.2 80
refused "nor by sendmmsg" engine-addresses many 127.0.0.2 80
refused "nor by an address of no family" engine-addresses unspecified 127.0.0.2 80
refused "nor by a socket that is connected to another one" engine-addresses again 127.0.0.2 80
refused "nor by io_uring" engine-addresses ring 127.0.0.2 80
refused "nor by TCP fast open" engine-addresses fast 127.0.0.2 80
refused "nor by MPTCP" engine-addresses mptcp 127.0.0.2 80
reported "which is reported with address, port and protocol" 'DENIED op=25 cat=2 .* rule=1 verdict=-13 .* access=60102 .*exe=/usr/bin/engine-addresses '
refused "nor by a socket of IPv6" engine-addresses connect dgram ::ffff:127.0.0.2 80
refused "nor by what is sent by one" engine-addresses sendto dgram ::ffff:127.0.0.2 80
allowed "its neighbour is by a connected datagram socket" engine-addresses connect dgram 127.0.0.4 80
allowed "and so it is by TCP" engine-addresses connect stream 127.0.0.4 80
allowed "and so it is by sendto" engine-addresses sendto dgram 127.0.0.4 80
allowed "and so it is by sendmmsg" engine-addresses many 127.0.0.4 80
allowed "and so it is by an address of no family" engine-addresses unspecified 127.0.0.4 80
allowed "and so it is by a socket that is connected to another one" engine-addresses again 127.0.0.4 80
allowed "and so it is by io_uring" engine-addresses ring 127.0.0.4 80
allowed "and so it is by TCP fast open" engine-addresses fast 127.0.0.4 80
allowed "and so it is by MPTCP" engine-addresses mptcp 127.0.0.4 80
refused "another range is blocked at some ports alone" engine-addresses connect stream 127.0.1.5 8001
allowed "and not at others" engine-addresses connect stream 127.0.1.5 8011
allowed "nor by another protocol" engine-addresses connect dgram 127.0.1.5 8001
refused "addresses of IPv6 are blocked as well" engine-addresses connect dgram fd00::7 53
allowed "and not others" engine-addresses connect dgram fd01::7 53
allowed "an audited one is spoken with" engine-addresses connect dgram 127.0.3.1 9
reported "and reported as passed" 'AUDIT op=25 cat=2 .* rule=4 verdict=0 .*exe=/usr/bin/engine-addresses '
refused "no address is the own machine's" engine-addresses connect stream 0.0.0.0 7777
refused "and so is that of IPv6" engine-addresses connect dgram :: 7777
refused "a blocked port is not bound" engine-addresses bind stream 127.0.0.1 2222
refused "nor of IPv6" engine-addresses bind stream ::1 2222
refused "nor of datagrams" engine-addresses bind dgram 0.0.0.0 2222
allowed "others are" engine-addresses listen 127.0.0.1 2223
allowed "and what is blocked for some peers alone" engine-addresses listen 127.0.0.1 2224
inside engine-addresses serve 127.0.0.1 2224 1 > serving & server=$!
until grep -q serving serving; do sleep 0.1; done
engine-addresses from 127.0.0.6 127.0.0.1 2224; check 115 $? "who comes from a blocked address finds nobody"
reported "which is reported, of who listens" 'DENIED op=28 cat=2 .* rule=10 verdict=-13 .* comm=engine-addresse'
engine-addresses from 127.0.0.5 127.0.0.1 2224; check 0 $? "who comes from elsewhere is answered"
wait $server; cp open.table open.bound; swap; use open
inside engine-addresses serve 127.0.0.1 2224 2 > serving-before & server=$!
until grep -q serving serving-before; do sleep 0.1; done
engine-addresses from 127.0.0.6 127.0.0.1 2224; check 0 $? "without a rule everybody is answered"
cp addresses.table open.bound; swap
engine-addresses from 127.0.0.6 127.0.0.1 2224; check 115 $? "and with one not by who has listened before it"
engine-addresses from 127.0.0.5 127.0.0.1 2224; check 0 $? "who comes from elsewhere still is"
wait $server; use addresses
refused "packets are not written" engine-addresses raw 17 3 0
refused "nor their addresses" engine-addresses raw 2 3 255
refused "nor the way that they take" engine-addresses option 0 4
refused "nor that of IPv6" engine-addresses option 41 57
allowed "a program that is no source speaks with its address" engine-addresses connect dgram 127.0.4.1 9
cp /usr/bin/engine-addresses /lab/speaks; refused "the source of a Block rule does not" /lab/speaks connect dgram 127.0.4.1 9
use addresses-allowed
allowed "an address of an allow-list is spoken with" engine-addresses connect stream 127.0.0.2 80
refused "another one is not" engine-addresses connect stream 127.0.0.3 80
reported "which is the posture's doing" 'DENIED op=25 cat=2 .* rule=0 verdict=-13 .* access=60102 '
refused "nor the same at another port" engine-addresses connect stream 127.0.0.2 81
refused "nor with a type of sockets that no rule names" engine-addresses raw 2 2 0
refused "nor is anything bound that no rule names" engine-addresses bind stream 127.0.0.1 9999
allowed "what a rule names is bound" engine-addresses listen 127.0.0.1 8080
allowed "names are no concern of such a list" sh -c 'cat /proc/net/udp > /lab/copied'
engine-addresses connect stream 127.0.0.3 80; check 0 $? "the host speaks with any address"
