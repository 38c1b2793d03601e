// An agent of the AI SDK with one tool, which makes videos by the ByteDance provider. What the language model says is a
// script, everything else is real: the agent's loop, its tool, the provider.
// Takes {base, key, model, prompts} as one JSON argument: the model asks for one clip per prompt, one after the other, then
// ends. Prints what the agent told the model of each clip, and how the loop went.
import { createByteDance } from "@ai-sdk/bytedance";
import { experimental_generateVideo as generateVideo, tool, ToolLoopAgent } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { z } from "zod";

const { base, key, model, prompts } = JSON.parse(process.argv[2]);
const bytedance = createByteDance({ baseURL: process.env.ARK_EMULATOR_URL + base, apiKey: key });

const makeVideo = tool({
  description: "Makes a short video of what is described.",
  inputSchema: z.object({ prompt: z.string() }),
  execute: async ({ prompt }) => {
    const { video, providerMetadata } = await generateVideo({
      model: bytedance.video(model),
      prompt,
      maxRetries: 0,
      providerOptions: { bytedance: { pollIntervalMs: 1 } },
    });
    const box = Buffer.from(video.uint8Array).toString("latin1", 4, 8);
    return { task: providerMetadata.bytedance.taskId, type: video.mediaType, box };
  },
});

const seen = [];
const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
const said = (content, reason) => ({ content, finishReason: { unified: reason }, usage, warnings: [] });

const script = new MockLanguageModelV3({
  doGenerate: async ({ prompt }) => {
    const last = prompt.at(-1);
    if (last.role === "tool") seen.push(...last.content.map((part) => part.output));
    const wanted = prompts[seen.length];
    if (!wanted) return said([{ type: "text", text: `made ${seen.length}` }], "stop");
    const input = JSON.stringify({ prompt: wanted });
    return said([{ type: "tool-call", toolCallId: `call-${seen.length}`, toolName: "makeVideo", input }], "tool-calls");
  },
});

const agent = new ToolLoopAgent({ model: script, tools: { makeVideo } });
const { text, steps } = await agent.generate({ prompt: "Please make me these videos." });
console.log(JSON.stringify({ text, steps: steps.length, seen }));
