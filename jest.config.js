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
const packages = ["api", "bus", "policy", "kube", "daemon", "controller", "enforcer"];
export default {
  projects: [...packages.map((p) => project(p, `packages/${p}`)), project("native", "native"), project("e2e", "e2e")],
};
