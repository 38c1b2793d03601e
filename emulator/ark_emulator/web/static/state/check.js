/** Asking the server what is wrong with a text of YAML, while it is typed. */
import { useEffect, useState } from "../lib.js";
import { Problem, api } from "./api.js";

/** Milliseconds without a change after which the server is asked. */
const CALM = 200;

/**
 * What the server said last, and whether it said it of this very text.
 *
 * @param {string|null} text  nothing is asked of null
 * @returns {{said?: {ok: boolean, complaints: object[], scenario?: object}, fresh: boolean}}
 */
export function useCheck(text) {
  const [found, setFound] = useState({});
  useEffect(() => {
    if (text === null) return undefined;
    let over = false;
    const timer = setTimeout(async () => {
      const said = await api.check(text).catch((problem) => {
        if (problem instanceof Problem) return { ok: false, complaints: [], problem: problem.message };
        throw problem;
      });
      if (!over) setFound({ text, said });
    }, CALM);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [text]);
  return { said: found.said, fresh: found.text === text };
}
