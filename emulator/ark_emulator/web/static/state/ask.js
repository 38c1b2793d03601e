/**
 * Asking the server from within a component.
 */
import { useEffect, useState } from "../lib.js";
import { Problem } from "./api.js";

/** Milliseconds after which an answer is asked for again at most, however often the reasons change. */
const CALM = 250;

/**
 * What the server answers, asked again whenever one of `reasons` is another value. The last answer stays until the next
 * one is there, except when `subject` changes: what was told of another thing is not shown.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} question
 * @param {unknown} subject  what it is about; nothing is asked while it is null or undefined
 * @param {unknown[]} [reasons]
 * @returns {{answer?: T, problem?: Problem}}
 */
export function useAsked(question, subject, reasons = []) {
  const [found, setFound] = useState({ subject, at: 0 });
  useEffect(() => {
    if (subject === null || subject === undefined) return undefined;
    const control = new AbortController();
    const fresh = found.subject !== subject || !found.at;
    const wait = fresh ? 0 : Math.max(0, CALM - (performance.now() - found.at));
    const timer = setTimeout(async () => {
      try {
        const answer = await question(control.signal);
        if (!control.signal.aborted) setFound({ subject, at: performance.now(), answer });
      } catch (problem) {
        if (problem.name === "AbortError" || control.signal.aborted) return;
        if (!(problem instanceof Problem)) throw problem;
        setFound({ subject, at: performance.now(), problem });
      }
    }, wait);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [subject, ...reasons]);
  return found.subject === subject ? { answer: found.answer, problem: found.problem } : {};
}
