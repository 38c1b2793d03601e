/** A catalogue with two families, as `GET /_emulator/catalogue` describes them, and values of the form. */
import { load } from "../../load.js";

const { INITIAL_VALUES } = await load("panes/create/form_state.js");
const RULES = { resolutions: ["480p", "1080p"], ratios: ["16:9", "1:1"], ratio: "16:9", camera_fixed: true };

export const CATALOGUE = {
  tiers: { "1080p": "pro" },
  doors: [
    {
      door: "ark",
      wire: "ark",
      path: "/api/v3/contents/generations/tasks",
      models: [
        { name: "old", family: "large", stage: "retired" },
        { name: "large", family: "large", stage: "active" },
        { name: "small", family: "small", stage: "active" },
      ],
    },
    {
      door: "newapi",
      wire: "newapi",
      path: "/v1/videos",
      models: [{ name: "large", family: "large", stage: "active" }],
    },
    { door: "kling", wire: "kling", path: "/k", models: [{ name: "large", family: "large", stage: "active" }] },
  ],
  families: [
    {
      family: "large",
      modes: { t2v: RULES, i2v: RULES, r2v: { ...RULES, camera_fixed: false } },
      draft: { final_resolutions: ["1080p"], inherits: ["ratio", "duration", "seed", "generate_audio"] },
      lengths: [4, 12],
      by_model: true,
      audio: true,
      flex: true,
      priority: true,
      task_types: ["edit"],
      formats: ["mp4", "mov"],
      references: { images: 4, videos: 1, audios: 0 },
    },
    {
      family: "small",
      modes: { t2v: { resolutions: ["480p"], ratios: ["16:9"], camera_fixed: false } },
      draft: null,
      lengths: [4],
      by_model: false,
      audio: false,
      flex: false,
      task_types: [],
      formats: ["mp4"],
    },
  ],
};

export const values = (more = {}) => ({ ...INITIAL_VALUES, prompt: "a fox", ...more });
