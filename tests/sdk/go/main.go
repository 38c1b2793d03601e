// The official Go SDK against a server: every operation it has for tasks, and the refusals that it may meet.
// Called with a base URL, a key and a URL for callbacks; prints one line of JSON per operation, with what the SDK made
// of the answer.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/volcengine/volcengine-go-sdk/service/arkruntime"
	"github.com/volcengine/volcengine-go-sdk/service/arkruntime/model"
	"github.com/volcengine/volcengine-go-sdk/volcengine"
)

const (
	seedance = "doubao-seedance-2-0-260128"
	frame    = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAgAAAAIACAIAAAA="
	unknown  = "cgt-20260921221320-zzzzz"
	pause    = time.Millisecond
)

type (
	request = model.CreateContentGenerationTaskRequest
	task    = model.GetContentGenerationTaskResponse
	filter  = model.ListContentGenerationTasksFilter
	fields  = map[string]interface{}
)

var ctx = context.Background()

// create asks for a clip. The SDK has no fields for ratio, duration and the like: they stand in the prompt as flags.
func create(client *arkruntime.Client, prompt string, changes ...func(*request)) (string, error) {
	wanted := request{
		Model: seedance,
		Content: []*model.CreateContentGenerationContentItem{
			{Type: model.ContentGenerationContentItemTypeText, Text: volcengine.String(prompt)},
		},
	}
	for _, change := range changes {
		change(&wanted)
	}
	created, err := client.CreateContentGenerationTask(ctx, wanted)
	return created.ID, err
}

// fromFrame makes the clip begin with a picture, and asks for its last frame.
func fromFrame(wanted *request) {
	wanted.ReturnLastFrame = volcengine.Bool(true)
	wanted.Content = append(wanted.Content, &model.CreateContentGenerationContentItem{
		Type:     model.ContentGenerationContentItemTypeImage,
		ImageURL: &model.ImageURL{URL: frame},
		Role:     volcengine.String("first_frame"),
	})
}

// finished polls a task until it has ended.
func finished(client *arkruntime.Client, id string) (found task, statuses []string, err error) {
	for {
		found, err = client.GetContentGenerationTask(ctx, model.GetContentGenerationTaskRequest{ID: id})
		if err != nil {
			return found, statuses, err
		}
		statuses = append(statuses, found.Status)
		if found.Status != model.StatusQueued && found.Status != model.StatusRunning {
			return found, statuses, nil
		}
		time.Sleep(pause)
	}
}

func main() {
	base, key, callbackURL := os.Args[1], os.Args[2], os.Args[3]
	client := arkruntime.NewClientWithApiKey(key, arkruntime.WithBaseUrl(base))
	stranger := arkruntime.NewClientWithApiKey("sk-nobody", arkruntime.WithBaseUrl(base))
	makeClips(client, callbackURL)
	listAndRemove(client)
	meetRefusals(client, stranger)
}

func makeClips(client *arkruntime.Client, callbackURL string) {
	makeClip(client, "text", "a cat --rs 720p --rt 16:9 --dur 5 --seed 7")
	makeClip(client, "frame", "a cat turns its head", fromFrame)
	makeClip(client, "failure", "emu:fail")
	makeClip(client, "moderation", "emu:moderation")
	makeClip(client, "expiry", "emu:expired")
	makeClip(client, "callback", "a cat calls", func(wanted *request) { wanted.CallbackUrl = &callbackURL })
}

// makeClip asks for a clip, polls its task, and downloads what came of it, by its link alone.
func makeClip(client *arkruntime.Client, operation, prompt string, changes ...func(*request)) {
	id, err := create(client, prompt, changes...)
	if err != nil {
		tell(operation, nil, err)
		return
	}
	found, statuses, err := finished(client, id)
	told := fields{
		"created": id, "statuses": statuses, "id": found.ID, "model": found.Model, "seed": found.Seed,
		"tokens": found.Usage.CompletionTokens, "took": found.UpdatedAt - found.CreatedAt, "failure": found.Error,
		"video_url": found.Content.VideoURL, "last_frame_url": found.Content.LastFrameURL,
	}
	if found.Content.VideoURL != "" && err == nil {
		told["clip"], err = download(found.Content.VideoURL)
	}
	tell(operation, told, err)
}

func download(link string) (fields, error) {
	answer, err := http.Get(link)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	head := make([]byte, 8)
	_, err = io.ReadFull(answer.Body, head)
	return fields{"status": answer.StatusCode, "type": answer.Header.Get("Content-Type"), "box": string(head[4:])}, err
}

func listAndRemove(client *arkruntime.Client) {
	done, _ := create(client, "this one gets done")
	finished(client, done)
	waiting, err := create(client, "emu:stuck-queued")
	tell("two", fields{"ids": []string{done, waiting}}, err)

	list(client, "list", nil, nil, nil)
	list(client, "page", volcengine.Int(2), volcengine.Int(3), nil)
	list(client, "list-status", nil, nil, &filter{Status: volcengine.String("failed")})
	list(client, "list-model", nil, nil, &filter{Model: volcengine.String("doubao-seedance-1-0-pro-250528")})
	list(client, "list-ids", nil, nil, &filter{TaskIDs: []*string{&done, &waiting}})

	tell("cancel", nil, remove(client, waiting))
	look(client, "cancelled", waiting)
	running, _ := create(client, "emu:stuck-running")
	look(client, "running", running)
	tell("delete-running", nil, remove(client, running))
	tell("delete", nil, remove(client, done))
	look(client, "deleted", done)
}

func list(client *arkruntime.Client, operation string, page, size *int, only *filter) {
	wanted := model.ListContentGenerationTasksRequest{PageNum: page, PageSize: size, Filter: only}
	found, err := client.ListContentGenerationTasks(ctx, wanted)
	ids := []string{}
	for _, item := range found.Items {
		ids = append(ids, item.ID)
	}
	tell(operation, fields{"total": found.Total, "ids": ids}, err)
}

func look(client *arkruntime.Client, operation, id string) {
	found, err := client.GetContentGenerationTask(ctx, model.GetContentGenerationTaskRequest{ID: id})
	tell(operation, fields{"status": found.Status}, err)
}

func remove(client *arkruntime.Client, id string) error {
	return client.DeleteContentGenerationTask(ctx, model.DeleteContentGenerationTaskRequest{ID: id})
}

func meetRefusals(client, stranger *arkruntime.Client) {
	look(client, "404", unknown)
	_, err := create(client, "a cat", func(wanted *request) { wanted.Model = "doubao-seedance-9-9" })
	tell("404-model", nil, err)
	_, err = create(client, "a cat --dur 99")
	tell("400", nil, err)
	list(stranger, "401", nil, nil, nil)
	id, err := create(client, "slow down once")
	tell("429-once", fields{"id": id}, err)
	_, err = create(client, "slow down always")
	tell("429", nil, err)
	_, err = create(client, "the reply gets lost")
	tell("lost", nil, err)
}

// tell prints what an operation came to. An error is told field by field, as the SDK typed it.
func tell(operation string, told fields, err error) {
	line := fields{"operation": operation}
	for name, value := range told {
		line[name] = value
	}
	refused, broken := &model.APIError{}, &model.RequestError{}
	if errors.As(err, &refused) {
		line["error"] = fields{
			"kind": "APIError", "status": refused.HTTPStatusCode, "code": refused.Code, "type": refused.Type,
			"param": refused.Param, "message": refused.Message, "request_id": refused.RequestId,
		}
	} else if errors.As(err, &broken) {
		line["error"] = fields{"kind": "RequestError", "status": broken.HTTPStatusCode, "message": broken.Error()}
	} else if err != nil {
		line["error"] = fields{"kind": "error", "message": strings.TrimSpace(err.Error())}
	}
	if err := json.NewEncoder(os.Stdout).Encode(line); err != nil {
		panic(err)
	}
}
