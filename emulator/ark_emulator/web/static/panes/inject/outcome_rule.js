/** Putting a rule of ours first into the text of a scenario, and taking it out again. The text is not parsed for it. */
import { flow } from "../../format/yaml.js";

/** What our rule is called: there is one of it at most. */
export const RULE = "next-tasks";
const OURS = new RegExp(`^[ \\t]*- \\{name: ${RULE},.*\\}\\n`, "m");
const MADE = new RegExp(`^outcomes:\\n[ \\t]*- \\{name: ${RULE},.*\\}\\n(?![ \\t]*-)`, "m");
const BESIDE = new RegExp(`^(outcomes:[ \\t]*\\[)\\{name: ${RULE},.*?\\]\\}(?:, )?`, "m");

/** The text with the rule as its first outcome. `name` is what the scenario is called where its text does not say. */
export function put(text, rule, name) {
  const rest = without(text.endsWith("\n") ? text : `${text}\n`);
  const titled =
    /^name:/m.test(rest) || !name
      ? rest
      : `${rest.startsWith("version:") ? rest.replace("\n", `\nname: ${flow(name)}\n`) : `name: ${flow(name)}\n${rest}`}`;
  const line = flow(rule);
  if (/^outcomes:[ \t]*\[/m.test(titled)) return titled.replace(/^(outcomes:[ \t]*\[)/m, `$1${line}, `);
  const block = /^outcomes:[ \t]*(?:#.*)?\n((?:[ \t]*(?:#.*)?\n)*)([ \t]*)-/m.exec(titled);
  if (block) return titled.replace(/^outcomes:[ \t]*(?:#.*)?\n/m, (head) => `${head}${block[2]}- ${line}\n`);
  return `${titled}outcomes:\n  - ${line}\n`;
}

/** The text without our rule. */
export const without = (text) => text.replace(MADE, "").replace(OURS, "").replace(BESIDE, "$1");
