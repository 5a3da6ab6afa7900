function load() {
  throw new TypeError("no weight");
}

try {
  load();
} catch (error) {
  console.error("could not load:", error);
}
