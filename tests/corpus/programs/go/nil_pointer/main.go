package main

type game struct{ home *int }

func score(g *game) int { return *g.home }

func main() {
	done := make(chan int)
	go func() { done <- score(&game{}) }()
	<-done
}
