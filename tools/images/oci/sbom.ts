/** Bills of materials as SPDX 2.3 documents. Reproducible: named by what they hold, dated at the epoch. */
import { createHash } from "node:crypto";
import type { Deb } from "../../setup/debian-suite.ts";

export interface Component {
  readonly name: string;
  readonly version: string;
  /** Package URL: `pkg:npm/yaml@2.9.1`, `pkg:deb/debian/libc6@2.41`. */
  readonly purl: string;
  /** SPDX expression where it is known. */
  readonly license?: string;
}

export function debComponents(suite: string, packages: readonly Deb[]): readonly Component[] {
  return packages.map(({ name, version }) => ({
    name,
    version,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=amd64&distro=${suite}`,
  }));
}

/** The document of one image. */
export function sbom(image: string, components: readonly Component[]): object {
  const unique = [...new Map(components.map((component) => [component.purl, component])).values()];
  const sorted = unique.sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const hash = createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
  const packages = sorted.map((component, index) => ({
    SPDXID: `SPDXRef-Package-${index}`,
    name: component.name,
    versionInfo: component.version,
    downloadLocation: "NOASSERTION",
    filesAnalyzed: false,
    licenseConcluded: "NOASSERTION",
    licenseDeclared: component.license ?? "NOASSERTION",
    externalRefs: [{ referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: component.purl }],
  }));
  return {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: image,
    documentNamespace: `https://spdx.org/spdxdocs/${image.replace(/[^\w.-]/g, "-")}-${hash}`,
    creationInfo: { created: "1970-01-01T00:00:00Z", creators: ["Tool: portcullis"] },
    packages,
    relationships: packages.map(({ SPDXID }) => ({
      spdxElementId: "SPDXRef-DOCUMENT",
      relationshipType: "DESCRIBES",
      relatedSpdxElement: SPDXID,
    })),
  };
}
