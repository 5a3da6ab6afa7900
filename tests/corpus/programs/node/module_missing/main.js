const retry = require("./shared/retry_with_jitter");

retry();
