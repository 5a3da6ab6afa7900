class WeightMissing extends Error {
  constructor(name, options) {
    super(`no weight for ${name}\nnor a default`, options);
    this.name = "WeightMissing";
    this.code = "E_WEIGHT";
  }
}

function read(name) {
  return undefined.weights[name];
}

exports.load = function load(name) {
  try {
    return read(name);
  } catch (cause) {
    throw new WeightMissing(name, { cause });
  }
};
