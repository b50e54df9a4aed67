/** Ranges of addresses as policies write them, what entries come to, and what decides about a peer. */
import { describe, expect, it } from "@jest/globals";
import { addressIn, addressText, cidrIn } from "../src/addresses/cidr.ts";
import { compile } from "../src/compile/automaton.ts";
import { decide } from "../src/decide/decide.ts";
import { lower } from "../src/lower/lower.ts";
import { buildRuleSet } from "../src/rule-set/rule-set.ts";
import { policy } from "./build.ts";

describe("a range of addresses", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8", 104],
    ["0.0.0.0/0", "0.0.0.0/0", 96],
    ["FD00:0::/8", "fd00::/8", 8],
    ["::/0", "::/0", 0],
    ["::ffff:10.0.0.0/104", "10.0.0.0/8", 104],
    ["2001:db8::1/128", "2001:db8::1/128", 128],
  ])("%s is %s", (text, canonical, bits) => expect(cidrIn(text)).toMatchObject({ text: canonical, bits }));

  it.each([
    ["10.0.0.1", /of a single address it is \/32/],
    ["fd00::1", /of a single address it is \/128/],
    ["10.0.0.1/8", /did you mean 10\.0\.0\.0\/8\?/],
    ["fd00::1/8", /did you mean fd00::\/8\?/],
    ["10.0.0.0/33", /no length from 0 to 32/],
    ["10.0.0.0/08", /no length from 0 to 32/],
    ["10.0.0/8", /is no range of addresses/],
    ["fe80::1%eth0/64", /is no range of addresses/],
    ["example.com/8", /is no range of addresses/],
    ["", /is no range of addresses/],
  ])("is none that is written %s", (text, why) => expect(cidrIn(text)).toMatch(why));

  it("has addresses that are written in one way", () => {
    for (const text of ["10.1.2.3", "::1", "::", "2001:db8::a:0:0:1", "ff02::1", "1:2:3:4:5:6:7:8", "255.255.255.255"])
      expect(addressText(addressIn(text)!)).toBe(text);
    expect(addressText(addressIn("::ffff:10.0.0.1")!)).toBe("10.0.0.1");
  });
});

describe("matchAddresses", () => {
  const posture = { file: "audit", network: "block", capabilities: "audit" } as const;
  const lowered = (entries: string, more = "") => lower(policy(`{network: {matchAddresses: [${entries}]${more}}}`));

  it("comes to a rule for each protocol and each range of ports", () => {
    const { rules, problems } = lowered(
      '{cidr: 10.0.0.0/8, ports: [443, "8000-8080", "443"], protocol: "tcp, UDP", fromSource: [{path: /bin/curl}], action: Audit}',
    );
    expect(problems).toEqual([]);
    expect(rules.map(({ match }) => match)).toEqual(
      ["tcp", "udp"].flatMap((protocol) => [
        { kind: "address", cidr: "10.0.0.0/8", direction: "egress", protocol, ports: { first: 443, last: 443 } },
        { kind: "address", cidr: "10.0.0.0/8", direction: "egress", protocol, ports: { first: 8000, last: 8080 } },
      ]),
    );
    for (const rule of rules)
      expect(rule).toMatchObject({ category: "network", action: "audit", source: { kind: "path", path: "/bin/curl" } });
  });

  it.each([
    ["{cidr: 10.0.0.1/8}", "cidr", /"10\.0\.0\.1\/8".*did you mean 10\.0\.0\.0\/8/],
    ["{ports: [80]}", "cidr", /give a range of addresses/],
    ["{cidr: 10.0.0.0/8, ports: [0]}", "ports", /has the port 0: ports are 1 to 65535/],
    ["{cidr: 10.0.0.0/8, ports: [65536]}", "ports", /has the port 65536/],
    ['{cidr: 10.0.0.0/8, ports: ["90-80"]}', "ports", /is reversed: write 80-90/],
    ["{cidr: 10.0.0.0/8, ports: [http]}", "ports", /"http" is no port/],
    ["{cidr: 10.0.0.0/8, ports: []}", "ports", /is empty/],
    ["{cidr: 10.0.0.0/8, protocol: gre}", "protocol", /"gre": use tcp, udp, icmp, icmpv6 or sctp/],
    ["{cidr: 10.0.0.0/8, protocol: icmp, ports: [80]}", "ports", /icmp has no ports/],
    ["{cidr: 10.0.0.0/8, direction: both}", "direction", /"both": use egress or ingress/],
    ["{fqdn: example.com}", "fqdn", /fqdn "example\.com" cannot be enforced yet.*by cidr/],
  ])("%s is a problem of its %s, and no rule", (entry, field, message) => {
    const { rules, problems } = lowered(entry);
    expect(rules).toEqual([]);
    expect(problems.map(({ origin }) => origin)).toEqual([`spec.network.matchAddresses[0].${field}`]);
    expect(problems[0]!.message).toMatch(message);
  });

  const verdict = (entries: string, text: string, port = 80, more = "") =>
    decide(compile(buildRuleSet([lowered(entries, more)], { posture })!).automaton, {
      ...{ category: "network", access: "use", path: undefined, source: ["bin", "sh"] },
      ...{ isOwner: true, hasTerminal: false },
      socket: { family: text.includes(":") ? 10 : 2, type: 1, protocol: 6 },
      peer: { address: addressIn(text), direction: "egress", port },
    }).outcome;

  it("is decided by the longest range, then by the fewest ports, then by a protocol", () => {
    const nested = "{cidr: 10.0.0.0/8, action: Allow}, {cidr: 10.1.0.0/16}, {cidr: 10.1.2.3/32, action: Allow}";
    expect(["10.2.0.1", "10.1.0.1", "10.1.2.3", "11.0.0.1"].map((text) => verdict(nested, text))).toEqual([
      "allowed",
      "denied",
      "allowed",
      "denied",
    ]);
    const ports =
      "{cidr: 10.0.0.0/8, action: Allow}, {cidr: 10.0.0.0/8, ports: [80-90]}, {cidr: 10.0.0.0/8, ports: [80], action: Allow}";
    expect([79, 80, 81].map((port) => verdict(ports, "10.0.0.1", port))).toEqual(["allowed", "allowed", "denied"]);
    const protocols = "{cidr: 10.0.0.0/8}, {cidr: 10.0.0.0/8, protocol: tcp, action: Allow}";
    expect(verdict(protocols, "10.0.0.1")).toBe("allowed");
  });

  it("takes what is IPv4 in IPv6 as IPv4, and as of no range of IPv6", () => {
    expect(verdict("{cidr: 10.0.0.0/8}", "::ffff:10.0.0.1")).toBe("denied");
    expect(verdict("{cidr: '::/0'}", "::ffff:10.0.0.1")).toBe("allowed");
    expect(verdict("{cidr: '::/0'}", "10.0.0.1")).toBe("allowed");
    expect(verdict("{cidr: '::/0'}", "fd00::1")).toBe("denied");
  });

  it("goes before rules of protocols, which decide about other addresses and about the socket", () => {
    const tcp = ", matchProtocols: [{protocol: tcp, action: Allow}]";
    expect(verdict("{cidr: 10.0.0.0/8}", "10.0.0.1", 80, tcp)).toBe("denied");
    expect(verdict("{cidr: 10.0.0.0/8}", "11.0.0.1", 80, tcp)).toBe("allowed");
    const blocked = ", matchProtocols: [{protocol: tcp}]";
    expect(verdict("{cidr: 10.0.0.0/8, action: Allow}", "10.0.0.1", 80, blocked)).toBe("denied");
  });
});
