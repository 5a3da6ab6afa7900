package main

type missing struct{ name string }

func main() {
	panic(missing{"home"})
}
