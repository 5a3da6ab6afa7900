package main

type store struct{ weights []int }

func (s *store) read(n int) int { return s.weights[n] }

func load(s *store) int { return s.read(7) }

func main() {
	s := &store{weights: []int{1}}
	func() {
		println(load(s))
	}()
}
