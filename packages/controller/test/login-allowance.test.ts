import { describe, expect, it } from "@jest/globals";
import { LoginAllowance } from "../src/access/login-allowance.ts";

describe("a node's logins", () => {
  const bed = () => {
    const clock = { ms: 0 };
    return { clock, allowance: new LoginAllowance({ atOnce: 3, everyMs: 1_000, now: () => clock.ms }) };
  };
  const taken = (allowance: LoginAllowance, node: string, tries: number) =>
    Array.from({ length: tries }, () => allowance.take(node)).filter((ok) => ok).length;

  it("are let in at once as often as a loss may ask for, and then slowly", () => {
    const { clock, allowance } = bed();
    expect(taken(allowance, "a", 10)).toBe(3);
    clock.ms = 999;
    expect(taken(allowance, "a", 10)).toBe(0);
    clock.ms = 2_500;
    expect(taken(allowance, "a", 10)).toBe(2);
    clock.ms = 1_000_000;
    expect(taken(allowance, "a", 10)).toBe(3);
  });

  it("of one node take nothing from another", () => {
    const { allowance } = bed();
    expect(taken(allowance, "thief", 1_000)).toBe(3);
    expect(taken(allowance, "a", 1)).toBe(1);
  });

  it("come to a bounded number in the time that one lasts", () => {
    const { clock, allowance } = bed();
    let all = 0;
    for (clock.ms = 0; clock.ms < 75_000; clock.ms += 10) all += taken(allowance, "thief", 1);
    expect(all).toBeLessThanOrEqual(3 + 75);
  });
});
