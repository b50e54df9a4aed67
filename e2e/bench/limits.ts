/** What the figures have to keep to, on the kernel for which that is promised. */
import type { Figure } from "./figures.ts";
import { fileSystems, ofFiles, ofOthers } from "./operations.ts";
import { appArmorDefault, limitRow } from "./rows.ts";

/** The kernel that the limits are about; on others the figures are shown alone. */
export const limitedKernel = "6.12";

export interface Limit {
  readonly what: string;
  /** undefined: not measured. */
  readonly found: number | undefined;
  readonly most: number | undefined;
  readonly unit: "%" | "instructions a call" | "×" | "G";
}

/** All limits, with what was measured of each. `load`: instructions that loading and attaching took. */
export function limitsOf(all: readonly Figure[], load: number): Limit[] {
  const figures = all.filter(({ kernel }) => kernel === limitedKernel);
  const figureOf = (operation: string, filesystem: string, name: string): Figure | undefined =>
    figures.find((f) => f.operation === operation && f.filesystem === filesystem && f.name === name);
  const limits = fileSystems.flatMap((fileSystem) => {
    const at = (operation: string, name: string) => figureOf(operation, fileSystem, name);
    return [
      ...openLimits(fileSystem, at),
      ...execLimits(fileSystem, at),
      ...writeLimits(fileSystem, at),
      ...sizeLimits(fileSystem, at),
      ...patternLimits(fileSystem, at),
    ];
  });
  const others = ofOthers.flatMap(({ name, places, calls }) =>
    callLimits(name, calls!, (row) => figureOf(name, places[0]!, row)),
  );
  const found = Number.isFinite(load) ? load / 1e9 : undefined;
  return [...limits, ...others, { what: "load and attach", found, most: 1.5, unit: "G" }];
}

/** Does it hold? What was not measured does not. */
export const holds = ({ found, most }: Limit): boolean => found !== undefined && most !== undefined && found <= most;

/** A limit as a line. */
export function limitLine(limit: Limit): string {
  const digits = limit.unit === "×" ? 3 : limit.unit === "instructions a call" ? 0 : 2;
  const number = (value: number | undefined): string => value?.toFixed(digits) ?? "?";
  const { what, found, most, unit } = limit;
  const measured = found === undefined ? "not measured" : `${number(found)} ${unit}`;
  return `${holds(limit) ? "holds " : "BROKEN"}  ${what}: ${measured}, at most ${number(most)}`;
}

type Find = (operation: string, name: string) => Figure | undefined;

const elsewhere = "subject, rules elsewhere";
const matched = "subject, matched to the last component";

function percent(figure: Figure | undefined): number | undefined {
  return figure && Number.isFinite(figure.ratio) ? (figure.ratio - 1) * 100 : undefined;
}

function openLimits(fileSystem: string, at: Find): Limit[] {
  const open = "open+close";
  /** overlayfs opens the layer's file as well, so that the hook is called twice. */
  const calls = fileSystem === "overlayfs" ? 2 : 1;
  const above = (name: string): number | undefined => {
    const [row, limit] = [at(open, name), at(open, limitRow)];
    return row && limit && (row.instructions - limit.instructions) / calls;
  };
  const what = (name: string): string => `${open} on ${fileSystem}, ${name}`;
  const unit = "instructions a call";
  return [
    { what: `${what("not a subject")}, above the limit row`, found: above("not a subject"), most: 60, unit },
    {
      what: `${what("container, no policy")}, above the limit row`,
      found: above("container, no policy"),
      most: 80,
      unit,
    },
    { what: what(elsewhere), found: percent(at(open, elsewhere)), most: 5, unit: "%" },
    {
      what: `${what(matched)} (${appArmorDefault})`,
      found: percent(at(open, matched)),
      most: percent(at(open, appArmorDefault)),
      unit: "%",
    },
  ];
}

function execLimits(fileSystem: string, at: Find): Limit[] {
  const appArmor = percent(at("fork+exec", appArmorDefault));
  const most = appArmor === undefined ? undefined : appArmor + 0.3;
  return [elsewhere, matched].map((name) => ({
    what: `fork+exec on ${fileSystem}, ${name} (${appArmorDefault} + 0.3)`,
    found: percent(at("fork+exec", name)),
    most,
    unit: "%",
  }));
}

function writeLimits(fileSystem: string, at: Find): Limit[] {
  return ["create+unlink", "mkdir+rmdir", "rename"].flatMap((operation) =>
    (
      [
        [elsewhere, 6],
        [matched, 20],
      ] as const
    ).map(([name, most]): Limit => {
      return { what: `${operation} on ${fileSystem}, ${name}`, found: percent(at(operation, name)), most, unit: "%" };
    }),
  );
}

/** A table of any size costs the same. */
function sizeLimits(fileSystem: string, at: Find): Limit[] {
  return ofFiles.map(({ name: operation }) => {
    const [one, many] = [at(operation, "subject, 1 rule"), at(operation, "subject, 10000 rules")];
    const found = one && many && many.instructions / one.instructions;
    return { what: `${operation} on ${fileSystem}, 10000 rules against 1`, found, most: 1.02, unit: "×" };
  });
}

/** A name that a pattern matches costs what an exact one costs. */
function patternLimits(fileSystem: string, at: Find): Limit[] {
  const [names, patterns] = [at("open+close", matched), at("open+close", "subject, 200 patterns")];
  const found = names && patterns && (patterns.instructions / names.instructions - 1) * 100;
  return [{ what: `open+close on ${fileSystem}, 200 patterns against exact names`, found, most: 5, unit: "%" }];
}

/** Of what calls so many hooks, against the row of empty programs. */
function callLimits(operation: string, calls: number, at: (name: string) => Figure | undefined): Limit[] {
  const limit = at(limitRow);
  const above = (name: string): number | undefined => {
    const row = at(name);
    return row && limit && row.instructions - limit.instructions;
  };
  const host = above("not a subject");
  const subjects = [elsewhere, matched].map((name): Limit => {
    const more = above(name);
    const found = limit && more !== undefined ? (more / limit.instructions) * 100 : undefined;
    return { what: `${operation}, ${name}, against the limit row`, found, most: 12, unit: "%" };
  });
  const what = `${operation}, not a subject, above the limit row`;
  return [{ what, found: host && host / calls, most: 80, unit: "instructions a call" }, ...subjects];
}
