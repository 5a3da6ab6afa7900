package main

import "fmt"

func load(name string) {
	panic(fmt.Errorf("no weight for %s", name))
}

func main() {
	load("home")
}
