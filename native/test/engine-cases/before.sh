# Tasks that are there before the engine. late.sh goes on with them. Part of engine-guest.sh.

held() { # FILE: waits until the command that writes to it holds
  until grep -q held "$1"; do sleep 0.1; done
}

mkdir -p /sys/fs/cgroup/{block,source}; mkfifo /lab/go-reader /lab/go-caller
box=block
inside engine-probe hold /lab/secret < /lab/go-reader > held-reader & reader=$!
exec 5> /lab/go-reader; held held-reader
box=source
inside sh -c 'echo held; read -r go; exec env true' < /lab/go-caller > held-caller & caller=$!
exec 6> /lab/go-caller; held held-caller
