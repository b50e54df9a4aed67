/** What holds where a policy or the configuration says nothing. */
export const defaults = {
  action: "Block",
  severity: 1,
  /** Posture of every category where neither the namespace nor the configuration says otherwise. */
  posture: "audit",
  /** Namespaces that are never enforced. The release's own namespace is another one. */
  untrackedNamespaces: ["kube-system"],
} as const;
