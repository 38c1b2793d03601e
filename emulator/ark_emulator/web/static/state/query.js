/**
 * Asking the server again and again, and never in a storm: at most one request at a time, and one per second at most.
 */
import { useEffect, useRef, useState } from "../lib.js";
import { Problem } from "./api.js";

/** Milliseconds between the beginnings of two requests, at least. */
const CALM = 1_000;
/** Of the time at most this share is spent on waiting for the server: what is slow is asked for less often. */
const SHARE = 0.1;

/**
 * What the server answers about `subject`. It is asked at once for another subject, and again, calmly, whenever one of
 * `reasons` is another value. The last answer about the subject stays until the next one is there.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} question
 * @param {unknown} subject  nothing is asked while it is null or undefined
 * @param {unknown[]} [reasons]
 * @returns {{answer?: T, problem?: Problem}}
 */
export function useWatched(question, subject, reasons = []) {
  const [found, setFound] = useState({ subject: undefined });
  const own = useRef({ control: null, timer: 0, busy: false, again: false, next: 0, subject: undefined }).current;
  own.question = question;

  async function go() {
    own.timer = 0;
    own.busy = true;
    own.again = false;
    const control = (own.control = new AbortController());
    const about = own.subject;
    const began = performance.now();
    const told = await own.question(control.signal).then(
      (answer) => ({ answer }),
      (problem) => ({ problem }),
    );
    if (control.signal.aborted) return;
    own.busy = false;
    own.next = began + Math.max(CALM, (performance.now() - began) / SHARE);
    if (told.problem && !(told.problem instanceof Problem)) throw told.problem;
    setFound({ subject: about, ...told });
    if (own.again) soon();
  }

  function soon() {
    if (own.busy) own.again = true;
    else own.timer ||= setTimeout(go, Math.max(0, own.next - performance.now()));
  }

  function stop() {
    clearTimeout(own.timer);
    own.control?.abort();
    Object.assign(own, { timer: 0, busy: false, again: false });
  }

  useEffect(() => stop, []);
  useEffect(() => {
    if (own.subject !== subject) {
      stop();
      Object.assign(own, { subject, next: 0 });
    }
    if (subject !== null && subject !== undefined) soon();
  }, [subject, ...reasons]);
  return found.subject === subject && subject !== undefined ? found : {};
}
