import broken

broken.go()
