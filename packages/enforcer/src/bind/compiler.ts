/** The policy package's compiler and the native package's packer as the one step that binding needs. */

import { packRules, withTableId } from "@portcullis/native";
import { compile, pathsToResolve } from "@portcullis/policy";
import type { Compiler } from "../ports.ts";

/** `seed`: of the engine the tables are for. */
export function compilerFor(seed: readonly [bigint, bigint]): Compiler {
  return {
    pathsToResolve,
    compile: (ruleSet, aliases) => {
      const { automaton, unenforced } = compile(ruleSet, { aliases });
      const table = packRules(automaton, { seed, tableId: 1n });
      return { pack: (tableId) => withTableId(table, tableId), unenforced };
    },
  };
}
