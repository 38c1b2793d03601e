/** All unit tests of the dashboard in one process: `node --test tests/dashboard/all.js`. */
import { readdirSync } from "node:fs";

const folder = new URL(".", import.meta.url);
const files = readdirSync(folder, { recursive: true }).map((path) => String(path).replaceAll("\\", "/"));
for (const path of files.filter((each) => each.endsWith(".test.js")).sort()) await import(new URL(path, folder).href);
