/** The policy package's compiler and the native package's packer as the one step that binding needs. */

import type { RuleSet, Unenforced, Visibility } from "@portcullis/model";
import { packRules, type RuleTable, withTableId } from "@portcullis/native";
import { compile, type KnownAliases, pathsToResolve } from "@portcullis/policy";

/** A rule set as it can be put into slots. */
export interface Compiled {
  /** A copy of its rule table under an id of its own, for a container in which these categories are visible, and these recorded. */
  readonly pack: (tableId: bigint, visible?: Visibility, recorded?: Visibility) => RuleTable;
  /** Bytes of the rule table. */
  readonly bytes: number;
  readonly unenforced: readonly Unenforced[];
}

export interface Compiler {
  /** The names in a rule set whose symlinks have to be followed. */
  pathsToResolve(ruleSet: RuleSet): readonly string[];
  /** `aliases` say what other names a written name stands for. Throws when the rule set cannot be compiled. */
  compile(ruleSet: RuleSet, aliases: KnownAliases): Compiled;
}

/** `seed` is that of the engine that the rule tables are for. */
export function compilerFor(seed: readonly [bigint, bigint]): Compiler {
  return {
    pathsToResolve,
    compile: (ruleSet, aliases) => {
      const { automaton, unenforced } = compile(ruleSet, aliases);
      const table = packRules(automaton, { seed, tableId: 1n });
      return {
        pack: (tableId, visible, recorded) => withTableId(table, tableId, visible, recorded),
        bytes: table.data.byteLength,
        unenforced,
      };
    },
  };
}
