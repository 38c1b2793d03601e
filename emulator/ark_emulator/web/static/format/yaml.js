/** YAML on one line, for rules of a scenario. The server, which knows the language of scenarios, checks the result. */

const PLAIN_WORD = /^[A-Za-z][\w./-]*$/;
const MEASURE = /^\d+(?:\.\d+)?(?:ms|s|m|h|d|%|B\/s|kB\/s|MB\/s)$/;
const RESERVED = new Set(["true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL"]);

/**
 * A value in the flow style of YAML.
 *
 * @param {any} value
 * @returns {string}
 */
export function flowYaml(value) {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(", ")}]`;
  if (value && typeof value === "object") {
    const pairs = Object.entries(value).map(([name, each]) => `${name}: ${flowYaml(each)}`);
    return `{${pairs.join(", ")}}`;
  }
  if (typeof value !== "string") return String(value);
  return (PLAIN_WORD.test(value) && !RESERVED.has(value)) || MEASURE.test(value) ? value : JSON.stringify(value);
}

/**
 * A list of a scenario with one element.
 *
 * @param {string} name
 * @param {unknown} element
 */
export const yamlList = (name, element) => `${name}:\n  - ${flowYaml(element)}\n`;
