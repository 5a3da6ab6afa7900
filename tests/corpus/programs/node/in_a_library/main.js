const { parse } = require("acme-weights");

function load(text) {
  return parse(text);
}

load("{");
