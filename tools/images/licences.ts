/**
 * Licences of what says its own nowhere that a program could read: Debian packages and Go modules, as SPDX expressions, read from what lies in each. Of a
 * library it is the licence of the files that an image has of it.
 */
import { SetupError } from "../processes/errors.ts";
import type { Component } from "./oci/sbom.ts";

const apache = "Apache-2.0";
const bsd = "BSD-3-Clause";
const gcc = "GPL-3.0-or-later WITH GCC-exception-3.1";

const known: Readonly<Record<string, string>> = {
  libbpf1: "LGPL-2.1-only OR BSD-2-Clause",
  libc6: "LGPL-2.1-or-later",
  libelf1t64: "GPL-2.0-or-later OR LGPL-3.0-or-later",
  "libgcc-s1": gcc,
  "libstdc++6": gcc,
  libzstd1: "BSD-3-Clause OR GPL-2.0-only",
  zlib1g: "Zlib",
  "github.com/antithesishq/antithesis-sdk-go": "MIT",
  "github.com/klauspost/compress": `${apache} AND ${bsd} AND MIT`,
  "github.com/minio/highwayhash": apache,
  "github.com/nats-io/jwt/v2": apache,
  "github.com/nats-io/nats-server/v2": apache,
  "github.com/nats-io/nkeys": apache,
  "github.com/nats-io/nuid": apache,
  "golang.org/x/crypto": bsd,
  "golang.org/x/sys": bsd,
  "golang.org/x/time": bsd,
  stdlib: bsd,
};

/** The components, each with a licence: an image of the product is not made without. */
export function licensed(components: readonly Component[]): readonly Component[] {
  return components.map((component) => {
    const license = component.license ?? known[component.name];
    if (license !== undefined) return { ...component, license };
    const message = `the licence of ${component.purl} is not known: read it and add it to tools/images/licences.ts`;
    throw new SetupError("SETUP_IMAGE_RECIPE", message);
  });
}

/** What a Go program is made of, from the output of `go version -m`: its module, those it was linked with, and Go's own library. */
export function goComponents(buildInfo: string): readonly Component[] {
  const go = /: go(\S+)$/m.exec(buildInfo)?.[1];
  const modules = [...buildInfo.matchAll(/^\t(?:mod|dep)\t(\S+)\tv(\S+)/gm)].map(([, name = "", version = ""]) => ({
    name,
    version,
    purl: `pkg:golang/${name}@v${version}`,
  }));
  if (go === undefined || modules.length === 0)
    throw new SetupError("SETUP_IMAGE_RECIPE", `\`go version -m\` names no modules: ${buildInfo.split("\n")[0]}`);
  return [...modules, { name: "stdlib", version: go, purl: `pkg:golang/stdlib@${go}` }];
}
