// The types of the copy under static/vendor: TypeScript finds this file beside it through `rootDirs`.
export * from "preact";
