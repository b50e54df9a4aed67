# In a guest that node.sh has prepared: kube-proxy and kubelet, until the node is registered. Wants NUMBER, programs on /programs and
# kubeconfigs on /load. What stays in use afterwards lies in RAM or on /programs, so that /load can be let go before a save.
set -euo pipefail
ip=10.0.$NUMBER.15
cp "/load/node-$NUMBER"/*.conf /etc/kubernetes/
cat >/etc/kubernetes/kubelet.yaml <<'X'
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failSwapOn: false
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
imagePullCredentialsVerificationPolicy: NeverVerify
evictionHard: {memory.available: 0%, nodefs.available: 0%, nodefs.inodesFree: 0%, imagefs.available: 0%, imagefs.inodesFree: 0%}
localStorageCapacityIsolation: false
staticPodPath: /etc/kubernetes/manifests
maxPods: 250
kubeAPIQPS: 200
kubeAPIBurst: 400
eventRecordQPS: 0
X
cat >/etc/kubernetes/proxy.yaml <<'X'
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
clientConnection: {kubeconfig: /etc/kubernetes/proxy.conf}
clusterCIDR: 10.244.0.0/16
detectLocalMode: ClusterCIDR
conntrack: {maxPerCore: 0}
X
setsid /programs/kube-proxy --config=/etc/kubernetes/proxy.yaml --hostname-override="node-$NUMBER" >/var/log/kube-proxy.log 2>&1 </dev/null &
setsid /programs/kubelet --config=/etc/kubernetes/kubelet.yaml --kubeconfig=/etc/kubernetes/kubelet.conf \
  --hostname-override="node-$NUMBER" --node-ip="$ip" --housekeeping-interval=60s >/var/log/kubelet.log 2>&1 </dev/null &
for try in $(seq 300); do
  grep -q 'Successfully registered node' /var/log/kubelet.log && exit 0
  sleep 0.3
done
echo "kubelet did not register; its log ends:" >&2
tail -20 /var/log/kubelet.log >&2
exit 1
