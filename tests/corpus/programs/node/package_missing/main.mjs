import retry from "retry-with-jitter";

retry();
