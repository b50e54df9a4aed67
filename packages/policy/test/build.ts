/** Policies for tests, in YAML as users write them. */
import type { AnyPolicy } from "@portcullis/api";
import { parse } from "yaml";

/** A policy of kind ksp unless the text says otherwise; `spec` is the YAML below `spec:`. */
export function policy(spec: string, more: Partial<{ kind: string; name: string; namespace: string }> = {}): AnyPolicy {
  const { kind = "KubeArmorPolicy", name = "p", namespace = "default" } = more;
  return { kind, metadata: { name, namespace }, spec: parse(spec) ?? {} } as AnyPolicy;
}
