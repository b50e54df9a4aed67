/** What holds where a policy or the configuration says nothing. */
export const defaults = {
  action: "Block",
  severity: 1,
  /** Posture of every category where neither the namespace nor the configuration says otherwise. */
  posture: "audit",
  /** Never enforced, besides the release's own namespace. */
  untrackedNamespaces: ["kube-system"],
} as const;
