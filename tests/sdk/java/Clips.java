// The official Java SDK against a server: every operation it has for tasks, and the refusals that it may meet.
// Called with a base URL, a key and a URL for callbacks; prints one line of JSON per operation, with what the SDK made
// of the answer.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.volcengine.ark.runtime.exception.ArkHttpException;
import com.volcengine.ark.runtime.model.content.generation.CreateContentGenerationTaskRequest;
import com.volcengine.ark.runtime.model.content.generation.CreateContentGenerationTaskRequest.AudioUrl;
import com.volcengine.ark.runtime.model.content.generation.CreateContentGenerationTaskRequest.Content;
import com.volcengine.ark.runtime.model.content.generation.CreateContentGenerationTaskRequest.ImageUrl;
import com.volcengine.ark.runtime.model.content.generation.CreateContentGenerationTaskRequest.VideoUrl;
import com.volcengine.ark.runtime.model.content.generation.DeleteContentGenerationTaskRequest;
import com.volcengine.ark.runtime.model.content.generation.GetContentGenerationTaskRequest;
import com.volcengine.ark.runtime.model.content.generation.GetContentGenerationTaskResponse;
import com.volcengine.ark.runtime.model.content.generation.ListContentGenerationTasksRequest;
import com.volcengine.ark.runtime.model.content.generation.ListContentGenerationTasksResponse;
import com.volcengine.ark.runtime.service.ArkService;
import java.io.DataInputStream;
import java.net.HttpURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

public class Clips {
    static final String SEEDANCE = "doubao-seedance-2-0-260128";
    static final String FRAME = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAgAAAAIACAIAAAA=";
    static final String UNKNOWN = "cgt-20260921221320-zzzzz";
    static final long PAUSE = 1;

    final ArkService client;

    Clips(String base, String key) {
        client = ArkService.builder().baseUrl(base).apiKey(key).build();
    }

    /** Asks for a clip. */
    String create(String prompt, Consumer<CreateContentGenerationTaskRequest> change) {
        List<Content> content = new ArrayList<>();
        content.add(Content.builder().type("text").text(prompt).build());
        CreateContentGenerationTaskRequest wanted =
            CreateContentGenerationTaskRequest.builder().model(SEEDANCE).content(content).build();
        change.accept(wanted);
        return client.createContentGenerationTask(wanted).getId();
    }

    String create(String prompt) {
        return create(prompt, wanted -> { });
    }

    /** Makes the clip begin with a picture, and asks for its last frame. */
    static void fromFrame(CreateContentGenerationTaskRequest wanted) {
        wanted.setReturnLastFrame(true);
        ImageUrl picture = ImageUrl.builder().url(FRAME).build();
        wanted.getContent().add(Content.builder().type("image_url").imageUrl(picture).role("first_frame").build());
    }

    /** Gives media in every role of a reference, and wants eleven seconds. */
    static void fromMedia(CreateContentGenerationTaskRequest wanted) {
        String url = "https://a.example/media";
        List<Content> content = wanted.getContent();
        ImageUrl image = ImageUrl.builder().url(url).build();
        content.add(Content.builder().type("image_url").imageUrl(image).role("reference_image").build());
        VideoUrl video = VideoUrl.builder().url(url).build();
        content.add(Content.builder().type("video_url").videoUrl(video).role("reference_video").build());
        AudioUrl audio = AudioUrl.builder().url(url).build();
        content.add(Content.builder().type("audio_url").audioUrl(audio).role("reference_audio").build());
        wanted.setRatio("16:9");
        wanted.setDuration(11L);
    }

    static void inShape(CreateContentGenerationTaskRequest wanted) {
        wanted.setRatio("16:9");
        wanted.setResolution("720p");
        wanted.setDuration(5L);
        wanted.setSeed(7L);
    }

    /** Polls a task until it has ended. */
    GetContentGenerationTaskResponse finished(String id, List<String> statuses) throws InterruptedException {
        while (true) {
            GetContentGenerationTaskResponse task = look(id);
            statuses.add(task.getStatus());
            if (!task.getStatus().equals("queued") && !task.getStatus().equals("running")) {
                return task;
            }
            Thread.sleep(PAUSE);
        }
    }

    GetContentGenerationTaskResponse look(String id) {
        return client.getContentGenerationTask(GetContentGenerationTaskRequest.builder().taskId(id).build());
    }

    Map<String, Object> remove(String id) {
        client.deleteContentGenerationTask(DeleteContentGenerationTaskRequest.builder().taskId(id).build());
        return fields();
    }

    /** A page of the list; the SDK throws a NullPointerException where number and size are not set. */
    static ListContentGenerationTasksRequest.Builder page(int number, int size) {
        return ListContentGenerationTasksRequest.builder().pageNum(number).pageSize(size);
    }

    Map<String, Object> list(ListContentGenerationTasksRequest.Builder wanted) {
        ListContentGenerationTasksResponse found = client.listContentGenerationTasks(wanted.build());
        List<String> ids = new ArrayList<>();
        found.getItems().forEach(item -> ids.add(item.getId()));
        return fields("total", found.getTotal(), "ids", ids);
    }

    public static void main(String[] arguments) throws Exception {
        Clips clips = new Clips(arguments[0], arguments[1]);
        Clips stranger = new Clips(arguments[0], "sk-nobody");
        clips.makeClips(arguments[2]);
        clips.listAndRemove();
        clips.meetRefusals(stranger);
        clips.client.shutdownExecutor();
        stranger.client.shutdownExecutor();
    }

    void makeClips(String callbackUrl) throws Exception {
        makeClip("text", "a cat", Clips::inShape);
        makeClip("frame", "a cat turns its head", Clips::fromFrame);
        makeClip("failure", "emu:fail", wanted -> { });
        makeClip("moderation", "emu:moderation", wanted -> { });
        makeClip("expiry", "emu:expired", wanted -> { });
        makeClip("media", "tea", Clips::fromMedia);
        makeClip("callback", "a cat calls", wanted -> wanted.setCallbackUrl(callbackUrl));
    }

    /** Asks for a clip, polls its task, and downloads what came of it, by its link alone. */
    void makeClip(String operation, String prompt, Consumer<CreateContentGenerationTaskRequest> change)
            throws Exception {
        tell(operation, () -> {
            String id = create(prompt, change);
            List<String> statuses = new ArrayList<>();
            GetContentGenerationTaskResponse task = finished(id, statuses);
            Map<String, Object> told = fields(
                "created", id, "statuses", statuses, "id", task.getId(), "model", task.getModel(),
                "took", task.getUpdatedAt() - task.getCreatedAt(), "failure", task.getError(),
                "seed", task.getSeed(), "ratio", task.getRatio(),
                "resolution", task.getResolution(), "duration", task.getDuration(), "fps", task.getFramesPerSecond(),
                "service_tier", task.getServiceTier(), "audio", task.getGenerateAudio(), "draft", task.getDraft());
            if (task.getUsage() != null) {
                told.put("tokens", task.getUsage().getCompletionTokens());
            }
            if (task.getContent() != null) {
                told.put("video_url", task.getContent().getVideoUrl());
                told.put("last_frame_url", task.getContent().getLastFrameUrl());
                told.put("clip", download(task.getContent().getVideoUrl()));
            }
            return told;
        });
    }

    static Map<String, Object> download(String link) throws Exception {
        HttpURLConnection answer = (HttpURLConnection) new URL(link).openConnection();
        byte[] head = new byte[8];
        try (DataInputStream body = new DataInputStream(answer.getInputStream())) {
            body.readFully(head);
        }
        String box = new String(head, 4, 4, "ISO-8859-1");
        return fields("status", answer.getResponseCode(), "type", answer.getContentType(), "box", box);
    }

    void listAndRemove() throws Exception {
        String done = create("this one gets done");
        finished(done, new ArrayList<>());
        String waiting = create("emu:stuck-queued");
        List<String> both = Arrays.asList(done, waiting);
        tell("two", () -> fields("ids", both));

        tell("list", () -> list(page(1, 100)));
        tell("page", () -> list(page(2, 3)));
        tell("list-status", () -> list(page(1, 100).status("failed")));
        tell("list-model", () -> list(page(1, 100).model("doubao-seedance-1-0-pro-250528")));
        tell("list-ids", () -> list(page(1, 100).taskIds(both)));

        tell("cancel", () -> remove(waiting));
        tell("cancelled", () -> fields("status", look(waiting).getStatus()));
        String running = create("emu:stuck-running");
        tell("running", () -> fields("status", look(running).getStatus()));
        tell("delete-running", () -> remove(running));
        tell("delete", () -> remove(done));
        tell("deleted", () -> fields("status", look(done).getStatus()));
    }

    void meetRefusals(Clips stranger) throws Exception {
        tell("404", () -> fields("status", look(UNKNOWN).getStatus()));
        tell("404-model", () -> fields("id", create("a cat", wanted -> wanted.setModel("doubao-seedance-9-9"))));
        tell("400", () -> fields("id", create("a cat", wanted -> wanted.setDuration(99L))));
        tell("401", () -> stranger.list(page(1, 100)));
        tell("429-once", () -> fields("id", create("slow down once")));
        tell("429", () -> fields("id", create("slow down always")));
        tell("lost", () -> fields("id", create("the reply gets lost")));
    }

    /** Prints what an operation came to. An error is told field by field, as the SDK typed it. */
    static void tell(String operation, Callable<Map<String, Object>> act) throws Exception {
        Map<String, Object> line = fields("operation", operation);
        try {
            line.putAll(act.call());
        } catch (ArkHttpException refused) {
            line.put("error", fields(
                "kind", "ArkHttpException", "status", refused.statusCode, "code", refused.code, "type", refused.type,
                "param", refused.param, "message", refused.getMessage(), "request_id", refused.requestId));
        } catch (RuntimeException broken) {
            line.put("error", fields("kind", broken.getClass().getSimpleName(), "message", broken.getMessage()));
        }
        System.out.println(new ObjectMapper().writeValueAsString(line));
    }

    static Map<String, Object> fields(Object... pairs) {
        Map<String, Object> made = new LinkedHashMap<>();
        for (int at = 0; at < pairs.length; at += 2) {
            made.put((String) pairs[at], pairs[at + 1]);
        }
        return made;
    }
}
