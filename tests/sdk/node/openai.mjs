// The OpenAI SDK's videos against a gateway: create, poll, download. Node's SDK has no helper that polls.
// Takes {base, key, frame?, wrapped?, ...what is asked for} as one JSON argument; prints what the SDK made of the
// answers. `frame` is a picture in base64; `wrapped` takes new-api's other routes, by the SDK's requests to any path.
import OpenAI, { toFile } from "openai";

const { base, key, frame, wrapped, ...asked } = JSON.parse(process.argv[2]);
const client = new OpenAI({ baseURL: process.env.ARK_EMULATOR_URL + base, apiKey: key, maxRetries: 0 });
const UNDER_WAY = new Set(["queued", "in_progress", "NOT_START", "SUBMITTED", "QUEUED", "IN_PROGRESS"]);
const DONE = new Set(["completed", "SUCCESS"]);

const videos = {
  create: () => client.videos.create(asked),
  look: (id) => client.videos.retrieve(id),
};
const generations = {
  create: () => client.post("/video/generations", { body: asked }),
  look: async (id) => (await client.get(`/video/generations/${id}`)).data,
};

async function run() {
  if (frame) {
    asked.input_reference = await toFile(Buffer.from(frame, "base64"), "frame.png", { type: "image/png" });
  }
  const { create, look } = wrapped ? generations : videos;
  const { id, status } = await create();
  const statuses = [status];
  let video;
  do {
    video = await look(id);
    statuses.push(video.status);
  } while (UNDER_WAY.has(video.status));
  if (!DONE.has(video.status)) return { id, statuses, video };
  const response = await client.videos.downloadContent(id);
  const clip = Buffer.from(await response.arrayBuffer());
  return { id, statuses, video, type: response.headers.get("content-type"), box: clip.toString("latin1", 4, 8) };
}

const told = ({ constructor, status, code, message }) => ({ refused: { name: constructor.name, status, code, message } });
console.log(JSON.stringify(await run().catch(told)));
