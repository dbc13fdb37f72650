// A real registry that follows distribution-spec v1.1 to the letter, for tests: olareg on a loopback address. It has the
// referrers API in pages, deletes, warns with every answer, and holds its content in memory.
package main

import (
	"log"
	"log/slog"
	"net/http"
	"os"

	"github.com/olareg/olareg"
	"github.com/olareg/olareg/config"
)

func main() {
	yes, address := true, os.Args[1]
	registry := olareg.New(config.Config{
		Storage: config.ConfigStorage{StoreType: config.StoreMem},
		Log:     slog.New(slog.DiscardHandler),
		API: config.ConfigAPI{
			DeleteEnabled: &yes,
			Blob:          config.ConfigAPIBlob{DeleteEnabled: &yes},
			Warnings:      os.Args[2:],
		},
	})
	log.Fatal(http.ListenAndServe(address, registry))
}
