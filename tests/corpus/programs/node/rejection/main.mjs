import { readFile } from "node:fs/promises";

async function load(path) {
  return await readFile(path, "utf8");
}

await load("/workspace-without/weights.csv");
