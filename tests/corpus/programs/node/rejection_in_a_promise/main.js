async function score() {
  throw new RangeError("no such game: 0022500561");
}

score();
