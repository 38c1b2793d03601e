/** YAML of one line, for rules of a scenario. What is shown is checked by the server, which alone knows the language. */

const WORD = /^[A-Za-z][\w./-]*$/;
const MEASURE = /^\d+(?:\.\d+)?(?:ms|s|m|h|d|%|B\/s|kB\/s|MB\/s)$/;
const RESERVED = new Set(["true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL"]);

/** A value as flow YAML. */
export function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (value && typeof value === "object") {
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}: ${flow(each)}`)
      .join(", ")}}`;
  }
  if (typeof value !== "string") return String(value);
  return (WORD.test(value) && !RESERVED.has(value)) || MEASURE.test(value) ? value : JSON.stringify(value);
}

/** A list of a scenario with one element. */
export const listOf = (name, element) => `${name}:\n  - ${flow(element)}\n`;
