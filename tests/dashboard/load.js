/** Where the tests find the modules of the dashboard. */

/**
 * Import a module of the dashboard by its path under `static`.
 *
 * @param {string} path
 */
export const load = (path) => import(new URL(`../../emulator/ark_emulator/web/static/${path}`, import.meta.url).href);

/** A task as the overview describes it, with other fields on request. */
export const task = (more = {}) => ({
  id: "cgt-20260101000000-aaaaa",
  dialect: "ark",
  model: "seedance-2-0",
  mode: "t2v",
  prompt: "a fox in the snow",
  status: "queued",
  created_at: 100,
  marks: [
    { status: "queued", at: 100 },
    { status: "running", at: 101 },
    { status: "succeeded", at: 110 },
  ],
  waits: false,
  gone_at: 1_000,
  ...more,
});
