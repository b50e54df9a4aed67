import { describe, expect, it } from "@jest/globals";
import { ReleaseError } from "../processes/errors.ts";
import { releaseOptions } from "./options.ts";

const read = (...args: string[]) => releaseOptions(args, "0.1.0");

describe("options of a release", () => {
  it.each([
    ["ghcr.io/example", "ghcr.io"],
    ["registry.example.com:5000/security/runtime", "registry.example.com:5000"],
    ["localhost/x", "localhost"],
    ["127.0.0.1:5000/x_y/a--b", "127.0.0.1:5000"],
  ])("take %s, whose host is %s", (registry, host) => {
    expect(read("--registry", registry)).toMatchObject({
      registry,
      host,
      version: "0.1.0",
      plainHttp: false,
      force: false,
    });
  });

  it.each([
    ["no registry", [], /^--registry is not given: .*HOST\/PATH/],
    ["a scheme", ["--registry", "oci://ghcr.io/example"], /^--registry oci:\/\/ghcr.io\/example: .*without a scheme/],
    ["no path", ["--registry", "ghcr.io"], /^--registry ghcr.io: HOST\[:PORT\]\/PATH/],
    ["no host: Docker's own would be meant", ["--registry", "example/portcullis"], /^--registry example\/portcullis: /],
    ["capitals", ["--registry", "ghcr.io/Example"], /^--registry ghcr.io\/Example: .*lower case/],
    ["a slash at the end", ["--registry", "ghcr.io/example/"], /^--registry ghcr.io\/example\/: /],
    ["a v in the version", ["--registry", "ghcr.io/x", "--version", "v1.2.3"], /^--version v1.2.3: .*1\.2\.3/],
    ["build metadata in the version", ["--registry", "ghcr.io/x", "--version", "1.2.3+4"], /^--version 1.2.3\+4: /],
    [
      "no TLS across a network",
      ["--registry", "ghcr.io/x", "--plain-http"],
      /^--plain-http with ghcr.io: .*leave it out/,
    ],
    ["an unknown option", ["--registry", "ghcr.io/x", "--password", "x"], /--password[\s\S]*--username NAME/],
    ["a word too many", ["--registry", "ghcr.io/x", "latest"], /latest/],
  ])("refuse %s, with what to do", (_, args, message) => {
    const refused = () => read(...args);
    expect(refused).toThrow(ReleaseError);
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code: "RELEASE_OPTION" }));
  });
});
