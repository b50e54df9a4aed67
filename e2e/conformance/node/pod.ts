/** What of a pod the node target understands; the same keys as Kubernetes'. */

export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
  readonly readOnly?: boolean;
}

export interface PodContainer {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly workingDir?: string;
  readonly securityContext?: {
    readonly privileged?: boolean;
    readonly capabilities?: { readonly add?: readonly string[] };
  };
  readonly volumeMounts?: readonly VolumeMount[];
}

export interface PodVolume {
  readonly name: string;
  readonly emptyDir?: { readonly medium?: string };
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly hostPath?: { readonly path: string; readonly type?: string };
}

export interface PodSpec {
  readonly containers: readonly PodContainer[];
  readonly initContainers?: readonly PodContainer[];
  readonly volumes?: readonly PodVolume[];
  readonly automountServiceAccountToken?: boolean;
  /** Its resolver, in place of the cluster's; such a pod reaches the guest's own addresses. */
  readonly dnsConfig?: { readonly nameservers: readonly string[] };
}

/** A word of a shell script. */
export const quoted = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Bash that writes a file, without starting a program: every program costs some hundredths of a second under emulation. */
export const writing = (path: string, content: string): string => `printf %s ${quoted(content)} > ${quoted(path)}`;
