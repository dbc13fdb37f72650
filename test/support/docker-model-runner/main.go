// Docker Model Runner's own packager and store, for tests: what it writes is read by Slipway, and the other way round.
//
//	docker-model-runner package docker|cncf MODEL.gguf LICENSE REFERENCE
//	docker-model-runner pull STORE REFERENCE
//
// pull unpacks the model as the runner would serve it and prints the directory and what the runner knows of it.
// INSECURE_REGISTRY=true lets it speak to a registry over plain HTTP.
package main

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/docker/model-runner/pkg/distribution/builder"
	"github.com/docker/model-runner/pkg/distribution/distribution"
	"github.com/docker/model-runner/pkg/distribution/registry"
)

func main() {
	log.SetFlags(0)
	var err error
	switch {
	case len(os.Args) == 6 && os.Args[1] == "package":
		err = pack(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
	case len(os.Args) == 4 && os.Args[1] == "pull":
		err = pull(os.Args[2], os.Args[3])
	default:
		log.Fatal("usage: package docker|cncf MODEL.gguf LICENSE REFERENCE, or pull STORE REFERENCE")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func pack(format, model, license, reference string) error {
	options := []builder.BuildOption{builder.WithCreated(time.Unix(0, 0))}
	if format == "cncf" {
		options = append(options, builder.WithFormat(builder.BuildFormatCNCF))
	}
	built, err := builder.FromPath(model, options...)
	if err != nil {
		return err
	}
	if built, err = built.WithLicense(license); err != nil {
		return err
	}
	target, err := registry.NewClient().NewTarget(reference)
	if err != nil {
		return err
	}
	return built.Build(context.Background(), target, io.Discard)
}

func pull(store, reference string) error {
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	client, err := distribution.NewClient(distribution.WithStoreRootPath(store), distribution.WithLogger(quiet))
	if err != nil {
		return err
	}
	if err := client.PullModel(context.Background(), reference, io.Discard); err != nil {
		return err
	}
	model, err := client.GetModel(reference)
	if err != nil {
		return err
	}
	id, err := model.ID()
	if err != nil {
		return err
	}
	config, err := model.Config()
	if err != nil {
		return err
	}
	bundle, err := client.GetBundle(reference)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"id": id, "config": config, "directory": bundle.RootDir(), "gguf": bundle.GGUFPath(),
	})
}
