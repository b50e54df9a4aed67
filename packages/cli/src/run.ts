/** The command line: which subcommand, its options, its output and its exit status. */
import { isCommandError, UsageError } from "./errors.ts";
import { explainCommand } from "./explain/explain-command.ts";
import { lintCommand } from "./lint/lint-command.ts";
import { topCommand } from "./top/top-command.ts";

/** Where a command writes to. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

const usage = `portcullis lint [--format text|json|sarif] [--strict] [--apart] FILE|FOLDER|-…
    What is wrong with policies, without a cluster; with --apart as if only one file were ever applied; - is the
    standard input. Status 0: nothing, or warnings and notes alone; 1: errors (with --strict warnings too); 2: the
    command line is not understood, or a file cannot be read.

portcullis explain OPERATION WHO POLICIES [--format text|json]
    What policies decide about one operation, by which rule, and why no other one decided. Status 0: allowed;
    1: denied; 2: the question cannot be answered.
    OPERATION   --process NAME [--map | --arg ARGUMENT …] | --file NAME [--write] | --network PROTOCOL [--address ADDRESS:PORT [--ingress]] | --dns NAME | --capability NAME | --syscall NAME [--file NAME]
    WHO         [--source PROGRAM] [--script NAME] [--owner] [--tty]
    POLICIES    --policy FILE|FOLDER|-… [--namespace N] [--labels K=V,…] [--container C] [--posture audit|block]
                [--opt-out disabled|audited]
                --policy FILE|FOLDER|-… --host [--labels K=V,…] [--posture audit|block]
                --pod [NAMESPACE/]NAME [--container C] [--posture audit|block] [--kubeconfig FILE]
                [--untracked NAMESPACE,…] [--policy FILE|FOLDER|-…]
                with each [--no-base-allowance]

portcullis top [--for SECONDS] [--lines N]
    What policies deny and report most, as the controller counts it. On a terminal until Ctrl-C; else, and with --for, what
    was heard in that time (65 s: then everything was). NATS is that of NATS_URL, NATS_USER, NATS_PASSWORD, NATS_CA_FILE.
`;

/** Runs one command. Returns its exit status; failures are written to `err`, never thrown. */
export async function run(args: readonly string[], output: Output): Promise<number> {
  const [command, ...rest] = args;
  try {
    switch (command) {
      case "lint":
        return lintCommand(rest, output);
      case "explain":
        return await explainCommand(rest, output);
      case "top":
        return await topCommand(rest, output);
      case "help":
      case "--help":
      case "-h":
        output.out(usage);
        return 0;
      default:
        throw new UsageError(command === undefined ? "a command is missing" : `there is no command ${command}`);
    }
  } catch (error) {
    if (!isCommandError(error)) throw error;
    output.err(`portcullis: ${error.message} (${error.code})\n${error instanceof UsageError ? `\n${usage}` : ""}`);
    return 2;
  }
}
