/** What holds where a policy or the configuration says nothing. */
export const defaults = {
  action: "Block",
  severity: 1,
  /** Posture of every category where neither the namespace nor the configuration says otherwise. */
  posture: "audit",
  /** Of the cap on alerts, where it is switched on. */
  throttling: { alertsPerSecond: 10, seconds: 30 },
  /** Namespaces that are never enforced. The release's own namespace is another one. */
  untrackedNamespaces: ["kube-system"],
} as const;
