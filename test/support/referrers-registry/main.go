// A real registry with the referrers API, for tests: go-containerregistry's handler on a loopback address.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	handler := registry.New(registry.WithReferrersSupport(true), registry.Logger(log.New(nullWriter{}, "", 0)))
	log.Fatal(http.ListenAndServe(os.Args[1], handler))
}

type nullWriter struct{}

func (nullWriter) Write(p []byte) (int, error) { return len(p), nil }
