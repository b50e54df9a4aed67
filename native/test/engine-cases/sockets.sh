# Other processes as a way: sockets with a path, and files that somebody else sends. Part of engine-guest.sh.

engine-ways listen /lab/stream /lab/datagram & listeners=$!
engine-ways listen /lab/tree/stream /lab/tree/datagram & listeners="$listeners $!"
engine-ways listen /lab/free-stream /lab/free-datagram & listeners="$listeners $!"
engine-ways give way-secret /lab/secret & secret=$! listeners="$listeners $!"
engine-ways give way-read-only /lab/read-only & listeners="$listeners $!"
engine-ways give way-outside /lab/outside & outside=$! listeners="$listeners $!"
sleep 1

use block
refused "a socket is not connected to by a blocked path" engine-ways connect /lab/stream
refused "nor below a blocked directory" engine-ways connect /lab/tree/stream
refused "nor is a datagram sent there" engine-ways send /lab/datagram
reported "which is reported with the path" 'DENIED op=18 cat=1 .*object=/lab/datagram'
allowed "another socket is connected to" engine-ways connect /lab/free-stream
allowed "and sent to" engine-ways send /lab/free-datagram
refused "a blocked file does not arrive from another process" engine-ways take way-secret
reported "which is reported as received" 'DENIED op=19 cat=1 .* rule=1 .*object=/lab/secret'
refused "nor one that may be read and was opened for writing" engine-ways take way-read-only
allowed "another file arrives" engine-ways take way-outside
refused "nor is a blocked file's descriptor taken out of another process" engine-ways steal $secret 4
allowed "another's is" engine-ways steal $outside 4
use allow
refused "an allow-list does not let a file arrive that it does not name" engine-ways take way-outside
kill $listeners
