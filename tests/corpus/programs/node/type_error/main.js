function score(game) {
  return game.home.points;
}

[{}].map((game) => score(game));
