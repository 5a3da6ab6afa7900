const { load } = require("./store");

load("home");
