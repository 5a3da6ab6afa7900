package main

import (
	"net/http"
	"net/http/httptest"
	"os"
)

func handle(w http.ResponseWriter, r *http.Request) {
	panic("no weight for home")
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(handle))
	http.Get(server.URL)
	server.Close()
	os.Exit(1)
}
