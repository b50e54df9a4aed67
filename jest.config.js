// One project a package; tests are TypeScript, stripped by swc, run as ES modules (node --experimental-vm-modules).
const project = (name, dir) => ({
  displayName: name,
  rootDir: `<rootDir>/${dir}`.replace("<rootDir>", import.meta.dirname),
  testMatch: ["<rootDir>/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/build/"],
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "es6" } }] },
  transformIgnorePatterns: ["/node_modules/"],
});
const packages = ["api", "model", "bus", "policy", "kube", "daemon", "controller", "enforcer", "cli"];
// What of e2e/ needs no cluster is a project of its own, so that it runs with the packages.
const parts = { ...project("e2e-parts", "e2e"), testPathIgnorePatterns: ["/node_modules/", "/build/", "<rootDir>/tests/"] };
// The environment tells a cluster of failed tests, so that it keeps its logs.
const environment = `${import.meta.dirname}/e2e/cluster/failure-counting.mjs`;
const endToEnd = { ...project("e2e", "e2e/tests"), testEnvironment: environment };
export default {
  // Two cores that may be busy with something else: a hang is what this is to find, not a slow moment.
  testTimeout: 30_000,
  projects: [
    ...packages.map((p) => project(p, `packages/${p}`)),
    project("native", "native"),
    project("tools", "tools"),
    parts,
    endToEnd,
  ],
};
