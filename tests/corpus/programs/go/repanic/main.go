package main

func load() {
	defer func() {
		if cause := recover(); cause != nil {
			panic("could not load")
		}
	}()
	var weights map[string]int
	weights["home"] = 1
}

func main() {
	load()
}
