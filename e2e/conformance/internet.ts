/**
 * What stands for the internet in the cases that require it: one server at an address of the target, which answers every DNS name with that address
 * and every HTTP request with a page (e2e/fixtures/programs/internet.c). Nothing leaves the machine. Pure.
 */
import type { Case, Step } from "./case.ts";

/** What a case requires when it needs the server: to be reached by HTTP without DNS, or to be its pods' resolver. */
const requirements = ["net:http-fixture", "net:dns-fixture"];

/** `${HTTP_HOST}`: a name that leads to the server, as every name does. */
const httpHost = "moved.example.org";

export const needsInternet = (c: Case): boolean => c.requires.some((required) => requirements.includes(required));

/** The steps with `${HTTP_IP}` and `${HTTP_HOST}` filled in, in commands and in what is expected. `address`: the server's. */
export function withInternet(steps: readonly Step[], address: string): Step[] {
  const filled = (value: unknown): unknown => {
    if (typeof value === "string")
      return value.replace(/\$\{(HTTP_IP|HTTP_HOST)\}/g, (_, name) => (name === "HTTP_IP" ? address : httpHost));
    if (Array.isArray(value)) return value.map(filled);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one)]));
  };
  return steps.map((step) => filled(step) as Step);
}

/** The part of a pod's spec by which its names are asked of the server alone. */
export const internetResolver = (address: string) => ({
  ...{ dnsPolicy: "None", dnsConfig: { nameservers: [address], options: [{ name: "timeout", value: "3" }] } },
});
