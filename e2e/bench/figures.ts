/** Figures out of what the guest has printed. */
import { noBpf, rows } from "./rows.ts";

/** What one row costs for one operation at one place. */
export interface Figure {
  /** The kernel's version, such as `6.12`. */
  readonly kernel: string;
  readonly operation: string;
  readonly name: string;
  /** The place of the operation (operations.ts): a file system for most. */
  readonly filesystem: string;
  /** Guest instructions an operation. */
  readonly instructions: number;
  /** Against `no BPF` of the same kernel, operation and place; NaN where that was not measured. */
  readonly ratio: number;
}

export interface GuestFigures {
  readonly figures: readonly Figure[];
  /** Instructions that loading and attaching the engine took; NaN: it was not loaded. */
  readonly load: number;
  /** What went wrong, a line each. */
  readonly troubles: readonly string[];
}

/** Reads the lines of measure.sh. */
export function figuresOf(kernel: string, lines: readonly string[]): GuestFigures {
  const results = lines.map((line) => /^RESULT (\d+) (\S+) (\S+) (.*)$/.exec(line)).filter((found) => found !== null);
  const good = results.filter(([, , , , text]) => /^\d+ *$/.test(text!));
  const measured = good.map(([, row, operation, filesystem, text]) => ({
    kernel,
    operation: operation!,
    name: rows[Number(row)]!.name,
    filesystem: filesystem!,
    instructions: Number(text),
  }));
  const base = new Map(
    measured.filter(({ name }) => name === noBpf).map((f) => [`${f.operation} ${f.filesystem}`, f.instructions]),
  );
  const failed = results
    .filter((result) => !good.includes(result))
    .map(([, row, operation, fs, text]) => `${kernel}: ${rows[Number(row)]?.name}, ${operation} on ${fs}: ${text}`);
  const said = lines.filter((line) => line.startsWith("TROUBLE ")).map((line) => `${kernel}: ${line.slice(8)}`);
  const figures = measured.map((f) => {
    return { ...f, ratio: f.instructions / (base.get(`${f.operation} ${f.filesystem}`) ?? Number.NaN) };
  });
  return {
    figures: figures.sort((a, b) => rank(a) - rank(b)),
    load: Number(/^LOADED (\d+)$/m.exec(lines.join("\n"))?.[1] ?? Number.NaN),
    troubles: [...said, ...failed],
  };
}

/** In the order of the table, whatever the guest did first. */
const rank = ({ name }: Figure): number => rows.findIndex((row) => row.name === name);
