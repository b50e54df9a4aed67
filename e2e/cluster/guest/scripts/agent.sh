# The guest's end of the second serial port. Requests: "+ID BASE64" adds to the script ID and is answered "OK ID"; "!ID BASE64"
# adds to it, runs it in the background and is answered "END ID STATUS STDOUT STDERR" (gzip, base64, "-" for nothing).
mkdir -p /run/agent
stty -F /dev/ttyS1 raw -echo
exec 9<>/dev/ttyS1
pack() { if [ -s "$1" ]; then gzip -1c "$1" | base64 -w0; else printf -- -; fi; }
execute() {
  local at=/run/agent/$1 status
  base64 -d "$at" >"$at.sh"
  bash "$at.sh" >"$at.out" 2>"$at.err" </dev/null 9>&-
  status=$?
  { printf 'END %s %s ' "$1" "$status"; pack "$at.out"; printf ' '; pack "$at.err"; echo; } >"$at.reply"
  flock /run/agent/lock cat "$at.reply" >&9
  rm -f "$at" "$at".*
}
while :; do
  read -r verb text <&9 || { sleep 0.1; continue; }
  id=${verb:1}
  case $verb in
    [+!]*) printf %s "$text" >>"/run/agent/$id" ;;
  esac
  case $verb in
    +*) flock /run/agent/lock echo "OK $id" >&9 ;;
    !*) execute "$id" & ;;
  esac
done
