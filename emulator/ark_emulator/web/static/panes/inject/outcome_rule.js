/** Adding a rule as the first outcome of a scenario's text, and removing it. The text is not parsed for that. */
import { flowYaml } from "../../format/yaml.js";

/** The name of the rule: a scenario has at most one. */
export const RULE_NAME = "next-tasks";

const RULE_LINE = new RegExp(`^[ \\t]*- \\{name: ${RULE_NAME},.*\\}\\n`, "m");
const ONLY_RULE = new RegExp(`^outcomes:\\n[ \\t]*- \\{name: ${RULE_NAME},.*\\}\\n(?![ \\t]*-)`, "m");
const FLOW_RULE = new RegExp(`^(outcomes:[ \\t]*\\[)\\{name: ${RULE_NAME},.*?\\]\\}(?:, )?`, "m");

/** Outcomes in flow style, the head of outcomes in block style, and both with what comes before the first outcome. */
const FLOW_OUTCOMES = /^(outcomes:[ \t]*\[)/m;
const BLOCK_HEAD = /^outcomes:[ \t]*(?:#.*)?\n/m;
const BLOCK_OUTCOMES = /^outcomes:[ \t]*(?:#.*)?\n((?:[ \t]*(?:#.*)?\n)*)([ \t]*)-/m;

/**
 * The text with the rule as its first outcome. `name` is given to a scenario whose text has no name.
 *
 * @param {string} text
 * @param {object} rule
 * @param {string} [name]
 */
export function withRule(text, rule, name) {
  const titled = withName(withoutRule(text.endsWith("\n") ? text : `${text}\n`), name);
  const line = flowYaml(rule);
  if (FLOW_OUTCOMES.test(titled)) return titled.replace(FLOW_OUTCOMES, (head) => `${head}${line}, `);
  const block = BLOCK_OUTCOMES.exec(titled);
  if (block) return titled.replace(BLOCK_HEAD, (head) => `${head}${block[2]}- ${line}\n`);
  return `${titled}outcomes:\n  - ${line}\n`;
}

/**
 * @param {string} text
 * @param {string} [name]
 */
function withName(text, name) {
  if (!name || /^name:/m.test(text)) return text;
  const line = `name: ${flowYaml(name)}\n`;
  return text.startsWith("version:") ? text.replace("\n", () => `\n${line}`) : line + text;
}

/**
 * The text without the rule.
 *
 * @param {string} text
 */
export const withoutRule = (text) => text.replace(ONLY_RULE, "").replace(RULE_LINE, "").replace(FLOW_RULE, "$1");
