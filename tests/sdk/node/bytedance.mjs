// The AI SDK with its ByteDance provider, a client of Ark's own wire: it creates, polls and downloads by itself.
// Takes {base, key, model, options?, ...what is asked for} as one JSON argument; prints what it made of the answers.
import { createByteDance } from "@ai-sdk/bytedance";
import { experimental_generateVideo as generateVideo } from "ai";

const { base, key, model, options, ...asked } = JSON.parse(process.argv[2]);
const bytedance = createByteDance({ baseURL: process.env.ARK_EMULATOR_URL + base, apiKey: key });

async function run() {
  const { video, warnings, providerMetadata } = await generateVideo({
    ...asked,
    model: bytedance.video(model),
    maxRetries: 0,
    providerOptions: { bytedance: { pollIntervalMs: 1, ...options } },
  });
  const { taskId, usage } = providerMetadata.bytedance;
  const box = Buffer.from(video.uint8Array).toString("latin1", 4, 8);
  return { task: taskId, tokens: usage.completion_tokens, warnings, type: video.mediaType, box };
}

const told = ({ name, statusCode, message }) => ({ refused: { name, status: statusCode, message } });
console.log(JSON.stringify(await run().catch(told)));
