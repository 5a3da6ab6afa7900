"""Small services of every kind, as a team would write them; the demo and the tests run them."""
