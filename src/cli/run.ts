import { Command, CommanderError } from "commander";
import { asTreeError, ExitCode, type TreeError, UsageError } from "../errors.ts";
import { type CreateTheme, plainTheme } from "../render/theme.ts";
import { nearest } from "../tree/find-node.ts";
import { createContext } from "./context.ts";
import type { Io } from "./io.ts";
import { createProgram, sharedOptionsGiven } from "./program.ts";
import { takeTreeFile } from "./tree-file-argument.ts";

/** Runs one call of the program and returns its exit code. The only place that catches what nobody could translate. */
export async function run(io: Io, version: string): Promise<number> {
  const { file, called, rest } = takeTreeFile(io.argv);
  const program = new Command("tree-autoresearch");
  // A wrong option ends the reading of the call, perhaps before its --json was reached.
  let isCutOff = false;
  const options = () => ({
    ...sharedOptionsGiven(program),
    ...(file !== undefined && { file }),
    ...(isCutOff && rest.includes("--json") && { json: true }),
  });
  const context = createContext(io, options, await chooseTheme(io));
  try {
    const { write: print, columns } = io.stdout;
    await createProgram(program, context, { version, called, words: rest, print, columns });
    if (rest.length === 0) program.help();
    await program.parseAsync(rest, { from: "user" });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.success;
    const known = toTreeError(error, program);
    isCutOff = known instanceof UsageError;
    context.out.fail(known);
    return known.exitCode;
  }
}

/** Colours are loaded when there may be some. */
async function chooseTheme({ stdout, stderr, env }: Io): Promise<CreateTheme> {
  if (!stdout.isTerminal && !stderr.isTerminal && env["FORCE_COLOR"] === undefined) return plainTheme;
  const { createTheme } = await import("../render/color-theme.ts");
  return createTheme;
}

function toTreeError(error: unknown, program: Command): TreeError {
  return error instanceof CommanderError ? toUsageError(error, program) : asTreeError(error);
}

/** commander's message, without its prefix, and with a hint that can be pasted. */
function toUsageError({ code, message }: CommanderError, program: Command): UsageError {
  if (code === "commander.help")
    return new UsageError("No command was given", { hint: "See: tree-autoresearch --help" });
  const [text = "", suggestion] = message.replace(/^error: /, "").split("\n");
  const unknown = code === "commander.unknownCommand" ? /'(.*)'/.exec(text)?.[1] : undefined;
  const near =
    unknown &&
    nearest(
      unknown,
      program.commands.map((command) => command.name()),
    );
  const command = program.args[0];
  const help = `tree-autoresearch ${program.commands.some((each) => each.name() === command) ? `${command} ` : ""}--help`;
  const hint = near ? `Did you mean '${near}'?` : (suggestion?.replace(/[()]/g, "") ?? `See: ${help}`);
  return new UsageError(text.charAt(0).toUpperCase() + text.slice(1), { hint });
}
