# In a guest: its network and its container runtime. Wants NUMBER (1, 2) and NODES.
set -euo pipefail
# As systemd has it: volumes may ask for mounts to be seen inside.
mount --make-rshared /
ip=10.0.$NUMBER.15

# Network. No default route: restrict=on lets nothing out anyway, and this way it is refused at once instead of lost.
# Service addresses need a route all the same, because the kernel looks one up before nftables translates the address.
ip addr flush dev eth0
ip addr add "$ip/16" dev eth0
ip link set eth0 up
ip route add 10.96.0.0/16 dev eth0
if [ "$NODES" -gt 1 ]; then
  other=$((3 - NUMBER))
  ip addr add "10.1.0.$NUMBER/24" dev eth1
  ip link set eth1 up
  ip route add "10.0.$other.15" via "10.1.0.$other" src "$ip"
  ip route add "10.244.$other.0/24" via "10.1.0.$other"
fi
echo "node-$NUMBER" >/etc/hostname
hostname "node-$NUMBER"
printf '127.0.0.1 localhost\n%s node-%s\n' "$ip" "$NUMBER" >/etc/hosts
: >/etc/resolv.conf
echo 1 >/proc/sys/net/ipv4/ip_forward
for m in nft_chain_nat nft_ct nft_masq nft_nat nft_reject_inet nft_reject_ipv4 nft_reject_ipv6 nft_numgen nft_fib_inet; do modprobe "$m"; done
nft -f - <<'X'
table ip e2e {
  chain forwards { type nat hook prerouting priority -150; }
  chain postrouting {
    type nat hook postrouting priority 100;
    ip saddr 10.244.0.0/16 ip daddr != 10.244.0.0/16 masquerade
  }
}
X

# The container runtime, on tmpfs (overlayfs refuses an overlay as its upper layer), with crun (a third of runc's time here).
mkdir -p /etc/containerd /var/lib/containerd /var/lib/kubelet /etc/kubernetes/manifests /etc/cni/net.d /opt/cni/bin
mount -t tmpfs -o size=90% containerd /var/lib/containerd
mount -t tmpfs kubelet /var/lib/kubelet
cp /usr/lib/cni/{ptp,host-local,loopback,portmap} /opt/cni/bin/
cat >/etc/containerd/config.toml <<'X'
version = 2
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.blockfile", "io.containerd.nri.v1.nri",
  "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  enable_cdi = false
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "crun"
X
cat >/etc/cni/net.d/10-e2e.conflist <<X
{"cniVersion": "1.0.0", "name": "e2e", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.$NUMBER.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
X
setsid containerd >/var/log/containerd.log 2>&1 </dev/null &
for try in $(seq 300); do ctr version >/dev/null 2>&1 && break; sleep 0.2; done
