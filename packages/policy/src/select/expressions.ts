/** The matchExpressions of a selector: what they mean for a pod, and what is wrong with them. */
import { reasons } from "@portcullis/api";
import { expressionFields, unknownKeys } from "../fields.ts";
import type { Problems } from "../problem.ts";

export interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** All values of the expressions with this key and operator; undefined if there is no such expression. */
export function valuesOf(expressions: readonly Expression[], key: string, operator: string): Set<string> | undefined {
  const fitting = expressions.filter((e) => e.key === key && e.operator === operator);
  return fitting.length === 0 ? undefined : new Set(fitting.flatMap((e) => e.values));
}

/** Whether a pod with these labels has the label of a `key=value` pair. The value may itself contain "=". */
export function hasPair(labels: Readonly<Record<string, string>>, pair: string): boolean {
  const at = pair.indexOf("=");
  const key = pair.slice(0, at);
  return Object.hasOwn(labels, key) && labels[key] === pair.slice(at + 1);
}

/** Adds a problem for every part of the expressions that is not understood. */
export function checkExpressions(expressions: readonly Expression[], origin: string, problems: Problems): void {
  for (const [i, expression] of expressions.entries()) checkExpression(expression, `${origin}[${i}]`, problems);
}

function checkExpression(expression: Expression, origin: string, problems: Problems): void {
  const { key, operator } = expression;
  for (const unknown of unknownKeys(expression, expressionFields))
    problems.add(
      `${origin}.${unknown}`,
      reasons.unknownField,
      `the key "${unknown}" is not known here: remove or correct it`,
    );
  if (key !== "label" && key !== "namespace")
    addInvalid(problems, origin, "key", key, "is not known: use label or namespace");
  if (operator !== "In" && operator !== "NotIn")
    addInvalid(problems, origin, "operator", operator, "is not known: use In or NotIn");
  checkValues(expression, origin, problems);
}

function checkValues({ key, values }: Expression, origin: string, problems: Problems): void {
  if (!Array.isArray(values) || values.length === 0) {
    addInvalid(problems, origin, "values", values, "names nothing: give at least one value");
    return;
  }
  if (key !== "label") return;
  for (const value of values)
    if (!(value.indexOf("=") > 0)) addInvalid(problems, origin, "values", value, "is not of the form key=value");
}

function addInvalid(problems: Problems, origin: string, field: string, value: unknown, remedy: string): void {
  problems.add(`${origin}.${field}`, reasons.invalidSelector, `${field} ${JSON.stringify(value)} ${remedy}`);
}
